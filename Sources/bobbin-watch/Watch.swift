@main struct Watch { static func main() {} }
