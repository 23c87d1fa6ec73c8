// Makes what the packages ship beside their types: one file for each entry, and what entries share. With a file for each source, a process would load them in more than twice the time.
// `node scripts/bundle.mjs [FOLDER]`: into a folder of each package's name there, and into `dist` of each package where none is named.
import { readFileSync, readdirSync } from 'node:fs'
import { isAbsolute, join, resolve } from 'node:path'
import { build } from 'rolldown'

const [, , folder] = process.argv
for (const name of readdirSync('packages')) {
  const home = resolve('packages', name)
  const { exports } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'))
  const sources = Object.values(exports).flatMap((given) => given['@jobpass/source'] ?? [])
  await build({
    cwd: home,
    // './src/a/b.ts' is shipped as 'a/b.js'.
    input: Object.fromEntries(sources.map((source) => [source.slice('./src/'.length, -'.ts'.length), source])),
    // Whatever is not of the package itself is another one's.
    external: (id) => !id.startsWith('.') && !isAbsolute(id),
    platform: 'neutral',
    output: {
      dir: folder === undefined ? 'dist' : resolve(folder, name),
      format: 'esm',
      // One file for all that entries share, whose name does not change with each release.
      chunkFileNames: '[name].js',
      codeSplitting: { groups: [{ name: 'shared', minShareCount: 2 }] },
      // Editors read comments in the declarations; marks of purity stay for bundlers.
      comments: { jsdoc: false, annotation: true, legal: true },
      // Constants stay constants: engines make better code of them than of variables.
      topLevelVar: false,
    },
    logLevel: 'warn',
  })
}
