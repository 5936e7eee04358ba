import Hummingbird
import NIOCore

/// What is known of a request beside itself.
struct WebContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The client's address without its port: what its limits are counted by.
    var client: String
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
        client = channel.remoteAddress?.ipAddress ?? "local"
    }

    /// The address of this machine at which the client is connected.
    var localAddress: String? { channel.localAddress?.ipAddress }
}
