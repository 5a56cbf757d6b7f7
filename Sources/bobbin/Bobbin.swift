@main struct Bobbin { static func main() {} }
