// Removes declarations that no entry of a package refers to: they cannot be imported.
import { readFileSync, readdirSync, rmSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

const importsOf = (file) =>
  Array.from(readFileSync(file, 'utf8').matchAll(/(?:from |import |import\()'(\.[^']+)'/g), ([, name]) =>
    resolve(dirname(file), name.replace(/\.ts$/, '.d.ts')),
  )

for (const name of readdirSync('packages')) {
  const home = resolve('packages', name)
  const { publishConfig } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'))
  const entries = Object.values(publishConfig.exports).flatMap(({ types = [] }) => types)
  const reached = new Set(entries.map((file) => join(home, file)))
  // Iterating over a Set also visits items that are added meanwhile.
  for (const file of reached) for (const imported of importsOf(file)) reached.add(imported)
  for (const file of readdirSync(join(home, 'dist'), { recursive: true })) {
    const path = join(home, 'dist', file)
    if (file.endsWith('.d.ts') && !reached.has(path)) rmSync(path)
  }
}
