// Names that an entry only passes on from the shared file are in one list instead of two.

/** `{ name as other }` as pairs: what is named, and its name here. */
const pairsOf = (list) =>
  list.split(', ').map((each) => {
    const [, from, to = from] = /^(?:type )?(\S+)(?: as (\S+))?$/.exec(each)
    return { each, from, to }
  })

const written = (word, list, end) => (list.length === 0 ? '' : `${word} { ${list.join(', ')} }${end}\n`)

/** A plugin for the bundler. */
export const passOn = {
  name: 'pass-on',
  renderChunk(code) {
    const [head, names, source] = /^import \{ ([^}]*) \} from ("\.\/shared\.(?:d\.ts|js)");\n/m.exec(code) ?? []
    const [tail, exported] = /^export \{ ([^}]*) \};?\n?$/m.exec(code) ?? []
    if (head === undefined || tail === undefined) return null
    const rest = code
      .replace(head, '')
      .replace(tail, '')
      .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    const isUsed = (name) => new RegExp(`(?<![\\w$.])${name.replaceAll('$', '\\$')}(?![\\w$])`).test(rest)
    const imported = pairsOf(names).filter(({ to }) => !isUsed(to))
    const origin = new Map(imported.map(({ from, to }) => [to, from]))
    const passed = pairsOf(exported).filter(({ from }) => origin.has(from))
    const own = pairsOf(exported).filter(({ from }) => !origin.has(from))
    const gone = new Set(passed.map(({ from }) => from))
    const needed = pairsOf(names).filter(({ to }) => !gone.has(to))
    const again = passed.map(({ each, from, to }) => {
      const kind = each.startsWith('type ') ? 'type ' : ''
      return `${kind}${origin.get(from) === to ? to : `${origin.get(from)} as ${to}`}`
    })
    return (
      code
        .replace(head, () =>
          written(
            'import',
            needed.map(({ each }) => each),
            ` from ${source};`,
          ),
        )
        .replace(tail, () =>
          written(
            'export',
            own.map(({ each }) => each),
            ';',
          ),
        ) + written('export', again, ` from ${source};`)
    )
  },
}
