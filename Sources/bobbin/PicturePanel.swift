/// One drawing of a picture: its place, in pixels, and the greatest value of its axis.
struct PicturePanel {
    let left: Double
    let top: Double
    let width: Double
    let height: Double
    let most: Double

    func x(_ share: Double) -> Double { left + share * width }
    /// What is beyond the axis stands at its end.
    func y(_ value: Double) -> Double { top + height * (1 - min(value, most) / most) }
    var bottom: Double { top + height }

    /// 1, 2 or 5 times a power of ten, or four quarters of a whole number: what an axis can be labelled with.
    static func roundedUp(_ value: Double) -> Double {
        var scale = 1.0
        while scale * 10 < value { scale *= 10 }
        return [1, 2, 4, 6, 8, 10].map { $0 * scale }.first { $0 >= value } ?? 10 * scale
    }
}

/// A place on a picture, to a tenth of a pixel.
func pixels(_ value: Double) -> String { decimal(value, places: 1) }
