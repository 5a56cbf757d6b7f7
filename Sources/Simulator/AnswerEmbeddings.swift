import BatchCore

extension Question {
    func writeEmbeddings(_ digest: SHA256Digest, to json: inout JSONWriter) {
        json.member("object", "list")
        json.array("data") { json in
            for index in promptTokens.indices {
                var random = DigestRandom(digest, stream: index)
                // Multiples of 1/1024 in [-1, 1): exact as floats and as short decimals, so both encodings agree.
                let vector = (0..<dimensions).map { _ in Double(random.below(2048) - 1024) / 1024 }
                json.object { json in
                    json.member("object", "embedding")
                    json.member("index", index)
                    if wantsBase64 {
                        json.member("embedding", Base64.text(of: vector.flatMap(Self.littleEndianFloat)))
                    } else {
                        json.array("embedding") { json in
                            for number in vector { json.element(number) }
                        }
                    }
                }
            }
        }
        json.member("model", model)
    }

    private static func littleEndianFloat(_ number: Double) -> [UInt8] {
        let bits = Float(number).bitPattern
        return [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: bits >> $0) }
    }
}

/// RFC 4648, section 4, with padding.
enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func text(of bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << (8 * (3 - UInt32(group.count)))
            for place in 0..<4 {
                text.append(place <= group.count ? alphabet[Int(bits >> (18 - 6 * UInt32(place)) & 63)] : 0x3D)
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
