import Capture
import Listening
import Protocol

/// Lists what can be captured from, and has the daemon listen to one of it.
///
/// Only what is listed can be chosen: the name of a PCM may hold a whole definition, with files that it writes.
struct DeviceChooser: Sendable {
    let listener: Listener
    let reloader: Reloader

    /// What ALSA lists, and which of it is listened to.
    ///
    /// Throws if ALSA does not answer in time.
    func devices() async throws(ErrorMessage) -> DevicesAnswer {
        let listed = await onOwnThread("devices") {
            DeviceList().devices.map { DevicesAnswer.Device(name: $0.name, description: $0.description) }
        }
        guard let listed else { throw ErrorMessage(.failed, "the sound system does not answer; ask again in a while") }
        let device = listener.microphone.source.device
        return DevicesAnswer(device: device, configured: reloader.configuredDevice ?? device, devices: listed)
    }

    /// Throws if the device is not listed.
    func choose(_ choice: DeviceChoice) async throws(ErrorMessage) -> SetDeviceAnswer {
        guard case .named(let name) = choice else { return await reloader.listen(to: nil) }
        let listed = try await devices()
        guard listed.devices.contains(where: { $0.name == name }) || name == listed.configured else {
            throw ErrorMessage(.failed, "there is no such device; devices lists those that there are")
        }
        return await reloader.listen(to: name)
    }
}
