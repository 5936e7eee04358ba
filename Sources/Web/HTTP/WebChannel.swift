import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1

/// A connection of a client: HTTP/1 with bounded headers, little read ahead, and so many connections of one client.
struct WebChannel: HTTPChannelHandler {
    typealias Value = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

    let responder: Responder
    /// Connections; those of a proxy count for all.
    let connections: Allotment
    let proxies: TrustedProxies

    private static let idleTimeout = Duration.seconds(60)
    private static let mostHeaderFieldBytes = 8 * 1024
    private static let mostHeaderBytes = 32 * 1024
    private static let mostHeaderFields = 100
    /// Pieces of a request that may wait: with many connections, what is read ahead is memory that nobody counts.
    private static let readAhead = NIOAsyncSequenceProducerBackPressureStrategies.HighLowWatermark(
        lowWatermark: 1, highWatermark: 2)

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            var limits = NIOHTTPDecoderLimitConfiguration()
            limits.maxHeaderFieldSize = Self.mostHeaderFieldBytes
            limits.maxHeaderListSize = Self.mostHeaderBytes
            limits.maxHeaderFieldCount = Self.mostHeaderFields
            let pipeline = channel.pipeline.syncOperations
            // Pipelined requests and errors are dealt with by Hummingbird, headers of answers are checked by HTTPTypes.
            try pipeline.configureHTTPServerPipeline(
                withPipeliningAssistance: false, withErrorHandling: false, withOutboundHeaderValidation: false,
                withEncoderConfiguration: .init(), withDecoderLimitConfiguration: limits)
            try pipeline.addHandler(AnswerFraming())
            try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: false))
            try pipeline.addHandler(HTTPConnectionStateHandler(idleTimeout: Self.idleTimeout, logger: logger))
            return try NIOAsyncChannel(
                wrappingChannelSynchronously: channel,
                configuration: .init(backPressureStrategy: Self.readAhead, isOutboundHalfClosureEnabled: true))
        }
    }

    func handle(value: Value, logger: Logger) async {
        let client = value.channel.remoteAddress?.ipAddress ?? "local"
        guard !proxies.contains(client) else { return await handleHTTP(asyncChannel: value, logger: logger) }
        guard connections.take(for: client) == .granted else { return await refuse(value) }
        await handleHTTP(asyncChannel: value, logger: logger)
        connections.give(of: client)
    }

    private func refuse(_ value: Value) async {
        // A client that is gone already needs no answer.
        try? await value.executeThenClose { _, outbound in
            try await outbound.write(
                .head(
                    HTTPResponse(
                        status: .serviceUnavailable,
                        headerFields: [.connection: "close", .contentLength: "0", .retryAfter: "1"])))
            try await outbound.write(.end(nil))
        }
    }
}
