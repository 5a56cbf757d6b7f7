/// CRC-32C bit by bit, as RFC 3720 defines it: nothing in common with what the records are written by.
func independentCRC32C(_ bytes: some Sequence<UInt8>) -> UInt32 {
    var state: UInt32 = 0xFFFF_FFFF
    for byte in bytes {
        for bit in 0..<8 {
            let isSet = (state ^ UInt32(byte >> UInt8(bit))) & 1 == 1
            state = state >> 1 ^ (isSet ? 0x82F6_3B78 : 0)
        }
    }
    return ~state
}
