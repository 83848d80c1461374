/// What is wrong with an edge when: good times and bad ones in turn.
enum SpellDraw {
    static func draw(
        _ theme: Theme, until end: SimulatedTime, _ random: inout SeededRandom
    ) -> [EdgePlan.Spell] {
        var spells: [EdgePlan.Spell] = []
        var time = random.time(0...(end / 4))
        while time < end, spells.count < 8 {
            let length = Self.length(theme, end, &random)
            spells.append(EdgePlan.Spell(from: time, until: min(end, time + length), trouble: trouble(theme, &random)))
            time += length + random.time(.second...(end / 4 + 2 * .second))
        }
        return spells
    }

    private static func length(
        _ theme: Theme, _ end: SimulatedTime, _ random: inout SeededRandom
    ) -> SimulatedTime {
        if theme == .outages { return random.time((end / 4)...end) }
        return random.chance(0.2) ? random.time(.minute...(.minute + end / 2)) : random.time(.second...40 * .second)
    }

    private static func trouble(_ theme: Theme, _ random: inout SeededRandom) -> Trouble {
        switch theme {
        case .outages: random.pick([.down, .down, .silent, .refusing, .throttling])
        case .slowness: random.pick([.slow, .slow, .slow, .losesAnswers, .down])
        default: random.pick(Trouble.allCases)
        }
    }
}
