import Logging

/// What the daemon was told to do: the configuration after command line, environment, file and defaults were put
/// together.
///
/// A value made with `Settings()` holds every default. ``SettingKey/all`` names each setting, its range and its place
/// here; `Config/attuned.yaml` shows and explains them, and a test holds the two together.
public struct Settings: Sendable, Equatable {
    public var capture = Capture()
    public var model = Model()
    public var detection = Detection()
    public var words = WordSettings()
    public var learn = Learn()
    public var socket = Socket()
    public var web = Web()
    public var mqtt = MQTT()
    public var wyoming = Wyoming()
    public var log = Log()

    public init() {}

    /// Where the sound comes from.
    public struct Capture: Sendable, Equatable {
        /// Name of an ALSA PCM.
        public var device = "default"
        /// Which channel of the device is listened to.
        public var channel = CaptureChannel.mix
        /// Priority of the capture thread under SCHED_FIFO, 1 to 99; 0 asks for none.
        public var realtimePriority = 20
        /// Seconds of audio that are kept in memory for those who ask for an event's; 0 keeps none.
        public var keepSeconds = 10
    }

    /// What recognises the words.
    public struct Model: Sendable, Equatable {
        /// Folder of the model; empty means the one that is shipped.
        public var path = ""
        /// Folder of a model that hears the same and never fires, to be compared; empty means none.
        public var shadow = ""
    }

    /// When a score becomes an event.
    public struct Detection: Sendable, Equatable {
        /// Scores of that many hops of 80 ms are averaged; nil means as many as the model was measured with.
        public var smoothingHops: Int?
        /// In that many of them the word must be over its threshold and over every other word.
        public var majorityHops = 2
        /// An event comes so many hops after its word became a candidate, or earlier, once its score falls.
        public var delayHops = 0
        /// After a word, the same word is not reported again for that long.
        public var refractoryMilliseconds = 1000
        /// After a word, another one is not reported for that long; the higher score wins.
        public var crossWordRefractoryMilliseconds = 400
        /// A word can be reported again once its score has fallen below this part of its threshold.
        public var rearmFraction = 0.5
        /// False alarms an hour that all wake words together may have; nil means the model's own thresholds.
        public var falseAlarmsPerHour: Double?
        /// Whether a model's second network is asked about what the first one reports.
        public var secondLook = true
    }

    /// What is kept of what people say about events, to be learned from.
    public struct Learn: Sendable, Equatable {
        /// Whether the sound is kept with it.
        public var keep = false
        /// After so many days it is deleted.
        public var days = 90
    }

    /// Where events go.
    public struct Socket: Sendable, Equatable {
        /// Path of the socket; empty means `/run/attuned/attuned.sock`, or the user's runtime directory.
        public var path = ""
        /// Group that may connect and control; empty leaves the socket to the group of the process.
        public var group = "attuned"
        public var maximumReaders = 64
        /// What may wait for one reader before it is dropped, in KiB.
        public var queueKibibytes = 512
    }

    /// What `attune-web` offers, and to whom.
    public struct Web: Sendable, Equatable {
        /// Address that is listened on.
        public var host = "127.0.0.1"
        public var port = 8080
        /// File with the token that allows control; empty allows none.
        public var tokenFile = ""
        /// Words whose sound is kept for those who have the token, and as many near misses; 0 keeps none.
        public var keepWords = 64
        /// Origins whose pages may use the API, beside its own.
        public var corsOrigins: [String] = []
        /// Names that it may be asked by, beside those of this machine's loopback.
        public var allowedHosts: [String] = []
        /// Who may say, by `X-Forwarded-For`, for whom it asks: each an ``AddressRange``.
        public var trustedProxies: [String] = []
        public var maximumUploadMegabytes = 10
        /// Uploads of all clients together that are held at once; one of ``maximumUploadMegabytes`` always fits.
        public var uploadMemoryMegabytes = 48
        /// In which a recording must have arrived.
        public var uploadSeconds = 60
        /// Longest clip that is answered with one word.
        public var maximumClipSeconds = 10
        /// Longest recording whose keywords are looked for.
        public var maximumRecordingSeconds = 60
        /// For each client; 0 sets no limit.
        public var requestsPerMinute = 600
        public var maximumConnections = 256
        /// Folder of a model that is tried on a part of the clients, in percent; empty means none.
        public var trialPath = ""
        public var trialPercent = 10
        /// Recordings that are worked on at once; 0 means one for each processor.
        public var workers = 0
    }

    /// What `attune-mqtt` tells a broker.
    public struct MQTT: Sendable, Equatable {
        /// A ``BrokerAddress``.
        public var server = "mqtt://127.0.0.1"
        /// Name of this listener in topics and in Home Assistant; empty means the machine's.
        public var name = ""
        /// Several daemons, each as `NAME=PATH` of its socket; empty means one, `name` and `socket.path`.
        public var listeners: [String] = []
        /// Beginning of every topic.
        public var baseTopic = "attuned"
        /// Empty means `attune-` and the name.
        public var clientID = ""
        public var user = ""
        /// File with the password in its first line; empty means none. Without a "/" it is a credential of the unit.
        public var passwordFile = ""
        /// Certificates that the broker's must stand on; empty means those of the system.
        public var ca = ""
        /// Own certificate and its key, for brokers that ask for one.
        public var cert = ""
        public var key = ""
        public var keepaliveSeconds = 30
        /// Home Assistant's; empty announces nothing to it.
        public var discoveryPrefix = "homeassistant"
        /// Whether words are told as Hermes (Rhasspy) tells them, too.
        public var hermes = false
    }

    /// What `attune-wyoming` offers, and to whom.
    public struct Wyoming: Sendable, Equatable {
        /// Where it listens: each a ``ListenAddress``.
        public var addresses = ["tcp://0.0.0.0:10400"]
        /// Whether words that are no wake words are offered too.
        public var commands = false
        /// Folder of words of one's own; empty means `words` in the state directory, where there is one.
        public var words = ""
        /// How sure it must be of a word, 0 to 1: 0.5 is the word's own threshold, more is stricter.
        public var threshold = 0.5
        /// 1 is `detection.majority_hops`, each one more a hop more.
        public var triggerLevel = 1
        public var maximumConnections = 1000
        /// A stream whose audio has waited longer is ended, and told so.
        public var longestDelayMilliseconds = 1000
        /// Threads that hear; 0 means one for each processor.
        public var workers = 0
        /// A ``ListenAddress`` where its numbers can be had over HTTP; empty means nowhere.
        public var metrics = ""
    }

    /// What is said to the log, and how.
    public struct Log: Sendable, Equatable {
        public var level = Logger.Level.info
        public var format = LogFormat.auto
    }
}

/// Which channel of the device is listened to.
public enum CaptureChannel: Sendable, Equatable, CustomStringConvertible {
    /// The mean of all channels.
    case mix
    /// One of them, counted from 1.
    case number(Int)

    public var description: String {
        switch self {
        case .mix: "mix"
        case .number(let number): "\(number)"
        }
    }
}
