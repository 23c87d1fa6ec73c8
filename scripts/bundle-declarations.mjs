// Bundles the declarations of the packages as `bundle.mjs` bundles the sources: what no entry
// exports or refers to is left out.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { isAbsolute, join, resolve } from 'node:path'
import { build } from 'rolldown'
import { parseAst } from 'rolldown/parseAst'
import { dts } from 'rolldown-plugin-dts'

// Names that an entry only passes on are in one list instead of two.
const passing = {
  name: 'pass-on',
  renderChunk(code) {
    const [start, names] = /^import \{ ([^}]*) \} from "\.\/shared\.(?:d\.)?[jt]s";\n/m.exec(code) ?? []
    const [end, exported] = /^export \{ ([^}]*) \};/m.exec(code) ?? []
    if (start === undefined || end === undefined) return null
    const rest = code.replace(start, '').replace(end, '')
    const isUsed = (name) => new RegExp(`\\b${name}\\b`).test(rest.replaceAll(/\/\*[\s\S]*?\*\//g, ''))
    const imported = names.split(', ')
    const passed = exported.split(', ').filter((each) => !isUsed(each.replace('type ', '')))
    const isPassed = (name) => passed.includes(name) || passed.includes(`type ${name}`)
    const from = /from (.*)/.exec(start)[1]
    const needed = imported.filter((name) => !isPassed(name))
    const own = exported.split(', ').filter((each) => !passed.includes(each))
    return code
      .replace(start, needed.length === 0 ? '' : `import { ${needed.join(', ')} } from ${from}\n`)
      .replace(
        end,
        `${own.length === 0 ? '' : `export { ${own.join(', ')} };\n`}export { ${passed.join(', ')} } from ${from}`,
      )
  },
}

const comments = /^[ \t]*\/\*\*[\s\S]*?\*\/\n/gm

/** The statements of a file, each with the comment before it, its name, and the names in it. */
function statementsOf(code) {
  let from = 0
  return parseAst(code, { lang: 'dts' }).body.map(({ end, declaration, id = declaration?.id }) => {
    const text = code.slice(from, end)
    from = end
    return { name: id?.name, text, names: new Set(text.replaceAll(comments, '').match(/[\w$]+/g)) }
  })
}

/**
 * Removes the comments on what no public entry refers to. Only other packages of jobpass import
 * `internal`, and they read its comments in the sources.
 */
function dropInternalComments(folder, entries) {
  const read = (name) => readFileSync(join(folder, `${name}.d.ts`), 'utf8')
  const write = (name, code) => writeFileSync(join(folder, `${name}.d.ts`), code)
  const statements = statementsOf(read('shared'))
  const open = entries.filter((entry) => entry !== 'internal')
  const known = new Set(open.flatMap((entry) => statementsOf(read(entry)).flatMap(({ names }) => [...names])))
  for (let size = 0; size < known.size;) {
    size = known.size
    for (const { name, names } of statements) if (known.has(name)) names.forEach((each) => known.add(each))
  }
  const kept = ({ name, text }) => (name === undefined || known.has(name) ? text : text.replaceAll(comments, ''))
  write('shared', `${statements.map(kept).join('')}\n`)
  write('internal', read('internal').replaceAll(comments, ''))
}

for (const name of readdirSync('packages')) {
  const home = resolve('packages', name)
  const { publishConfig } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'))
  const entries = Object.values(publishConfig.exports).flatMap(({ types = [] }) => types)
  await build({
    cwd: home,
    // './dist/a/b.d.ts' is bundled from './declarations/a/b.d.ts'.
    input: Object.fromEntries(
      entries.map((file) => [
        file.slice('./dist/'.length, -'.d.ts'.length),
        file.replace('./dist/', './declarations/'),
      ]),
    ),
    // Everything outside of the package is external.
    external: (id) => !id.startsWith('.') && !isAbsolute(id),
    plugins: [dts({ dtsOnly: true, generator: 'oxc', tsconfig: resolve('config/tsconfig.base.json') }), passing],
    output: {
      dir: 'dist',
      chunkFileNames: '[name].d.ts',
      codeSplitting: { groups: [{ name: 'shared', minShareCount: 2 }] },
      // Editors show the names.
      minifyInternalExports: false,
    },
    logLevel: 'warn',
  })
  const names = entries.map((file) => file.slice('./dist/'.length, -'.d.ts'.length))
  if (names.includes('internal')) dropInternalComments(join(home, 'dist'), names)
}
