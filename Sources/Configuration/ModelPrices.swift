import BatchCore

// What a model costs, put together from its own table and the price file.
extension ModelDraft {
    /// Half of it, which is what providers take off where nothing else is said, unless the price is that of batches.
    mutating func takeBatchDiscount() {
        guard discount == nil, !(takesBatchPrices && price.statedRates.isEmpty) else { return }
        discount = Stated(
            value: Discount(decimal: "0.5"), line: price.statedRates.first?.line ?? endpoint?.line ?? 0,
            subject: "batch_discount, 0.5 where none is stated,")
    }

    /// - Parameters:
    ///   - file: nil: there is none, or it cannot be used.
    ///   - entry: of the model, in the file.
    ///   - name: by which the entry was looked for.
    /// - Returns: why lines that ask for the model are refused, if no price can be known. What is wrong in models.toml
    ///   itself is found.
    func prices(
        in file: PriceFile?, _ entry: PriceFileEntry?, of name: String, _ findings: inout Findings
    ) -> Result<PriceList, NoPrice> {
        checkZeros(&findings)
        var first: Price
        do throws(NoPrice) { first = try firstPrice(in: file, entry, of: name, &findings) } catch {
            if let changes, file == nil {
                findings.add(
                    "\(changes.subject) needs a price that holds before: input_usd_per_million and "
                        + "output_usd_per_million in the table of the model", line: changes.line)
            }
            return .failure(error)
        }
        if let discount, let share = discount.value {
            guard let reduced = first.less(share) else {
                if price.statedRates.isEmpty {
                    return .failure(
                        NoPrice("a price in \(file?.name ?? "") less batch_discount is finer than a picodollar"))
                }
                findings.addFiner(discount)
                return .failure(NoPrice(""))
            }
            first = reduced
        }
        return .success(PriceList(first, changes: changes(&findings)))
    }

    private func firstPrice(
        in file: PriceFile?, _ entry: PriceFileEntry?, of name: String, _ findings: inout Findings
    ) throws(NoPrice) -> Price {
        if !price.statedRates.isEmpty {
            guard let stated = price.price(&findings) else { throw NoPrice("") }
            return stated
        }
        var found: Price
        if free?.value == true && entry == nil {
            found = Price(input: .zero, output: .zero)
        } else {
            guard let file else { throw noPrice(&findings) }
            guard let entry else { throw NoPrice("\(file.name) has no \"\(TomlPath.printable(name))\"") }
            do throws(NoPrice) {
                found = try entry.price(batches: takesBatchPrices, takesImages: imageTokens != nil)
            } catch { throw NoPrice("\(error.reason) (\(file.name), \"\(TomlPath.printable(name))\")") }
            let rates = [found.rates] + found.tiers.map(\.rates)
            if free?.value != true, rates.contains(where: { $0.input == .zero || $0.output == .zero }) {
                throw NoPrice("it is zero in \(file.name): if that is meant, add free = true")
            }
        }
        if let request = price.request?.value { found.request = request }
        if let image = price.image?.value { found.image = image }
        return found
    }

    /// Neither the table nor a file states a price for a token.
    private func noPrice(_ findings: inout Findings) -> NoPrice {
        if let stated = price.request ?? price.image {
            findings.add(
                "\(stated.subject) needs input_usd_per_million and output_usd_per_million beside it: "
                    + "half a price is none",
                line: stated.line)
        }
        return NoPrice("state it in models.toml")
    }

    /// The prices of later times, ascending.
    private func changes(_ findings: inout Findings) -> [PriceList.Change] {
        var read: [PriceList.Change] = []
        for table in changes?.value ?? [] {
            guard let draft = table.value else { continue }
            guard let from = draft.from else {
                findings.addMissing("from = \"2026-12-01\"", in: table)
                continue
            }
            guard !draft.price.statedRates.isEmpty else {
                findings.addMissing("input_usd_per_million = \"0.15\", and one for the output", in: table)
                continue
            }
            guard let time = from.value, var price = draft.price.price(&findings) else { continue }
            if let last = read.last, last.from >= time {
                findings.add("\(from.subject) must be after that of the price before it", line: from.line)
            }
            if let discount, let share = discount.value {
                guard let reduced = price.less(share) else {
                    findings.addFiner(discount)
                    continue
                }
                price = reduced
            }
            read.append(PriceList.Change(from: time, price: price))
        }
        return read
    }

    /// A zero that is not meant would make a worst case of nothing.
    private func checkZeros(_ findings: inout Findings) {
        let later = (changes?.value ?? []).flatMap { $0.value?.price.statedRates ?? [] }
        let stated = price.statedRates + later
        let isFree = free?.value == true
        if let free, isFree, !stated.isEmpty, stated.allSatisfy({ $0.value != .zero }) {
            findings.add("\(free.subject) says that a price is meant to be zero, and none is", line: free.line)
        }
        for price in stated where price.value == .zero && !isFree {
            findings.add("\(price.subject) is zero: if that is meant, add free = true", line: price.line)
        }
    }
}

extension Findings {
    fileprivate mutating func addFiner(_ discount: Stated<Discount>) {
        add("\(discount.subject) leaves a price that is finer than a picodollar a token", line: discount.line)
    }
}
