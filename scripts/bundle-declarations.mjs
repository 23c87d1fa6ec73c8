// Bundles the declarations of the packages as `bundle.mjs` bundles the sources: what no entry
// exports or refers to is left out. Only other packages of jobpass import `internal`, and they read
// its types in the sources: what is shipped declares nothing.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { isAbsolute, join, resolve } from 'node:path'
import { build } from 'rolldown'
import { dts } from 'rolldown-plugin-dts'
import { passOn } from './pass-on.mjs'

const isInternal = (file) => file.endsWith('/internal.d.ts')

/** Makes constructors that only the packages call private, so that their types are not shipped. */
const privateConstructors = {
  name: 'private-constructors',
  transform: (code) => code.replaceAll(/\/\*\* @internal \*\/\s+constructor\(.*\);$/gm, 'private constructor();'),
}

for (const name of readdirSync('packages')) {
  const home = resolve('packages', name)
  const { publishConfig } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'))
  const shipped = Object.values(publishConfig.exports ?? {}).flatMap(({ types = [] }) => types)
  if (shipped.length === 0) continue
  const entries = shipped.filter((file) => !isInternal(file))
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
    plugins: [
      privateConstructors,
      dts({ dtsOnly: true, generator: 'oxc', tsconfig: resolve('config/tsconfig.base.json') }),
      passOn,
    ],
    output: {
      dir: 'dist',
      chunkFileNames: '[name].d.ts',
      codeSplitting: { groups: [{ name: 'shared', minShareCount: 2 }] },
      // Editors show the names.
      minifyInternalExports: false,
    },
    logLevel: 'warn',
  })
  for (const file of shipped.filter(isInternal)) writeFileSync(join(home, file), 'export {}\n')
}
