// Bundles the packages: one file for each entry, and one that the entries share. With a file per
// source, loading would take more than twice as long. `node scripts/bundle.mjs [FOLDER]` writes to
// a folder per package name in FOLDER, or to the `dist` of each package without FOLDER.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { isAbsolute, join, relative, resolve } from 'node:path'
import { build } from 'rolldown'
import { passOn } from './pass-on.mjs'

const [, , folder] = process.argv

/** Drops the purity annotations in functions: bundlers read those of top-level statements only. */
const topLevelPurity = {
  name: 'top-level-purity',
  generateBundle(_, bundle) {
    for (const chunk of Object.values(bundle))
      if (chunk.type === 'chunk')
        chunk.code = chunk.code.replaceAll(/^\t.*$/gm, (line) => line.replaceAll('/* @__PURE__ */ ', ''))
  },
}

/**
 * What only Node needs is in `node.js`. Bundles for browsers and Workers have `elsewhere.js` in its
 * place, by the member `imports` of package.json: functions of the same names that find nothing.
 */
const elsewhere = {
  name: 'elsewhere',
  generateBundle(_, bundle) {
    const { isEntry = true, exports: names } = bundle['node.js'] ?? {}
    if (isEntry) return
    bundle['shared.js'].code = bundle['shared.js'].code.replace('"./node.js"', '"#node"')
    const source = names.map((name) => `export function ${name}() {}\n`).join('')
    this.emitFile({ type: 'asset', fileName: 'elsewhere.js', source })
  },
}

/** `dpop.ts` is shipped as `dpop.js`, `explain/run.ts` as `explain.js`. */
const lazyName = (source) => source.replace(/(?:\/run)?\.ts$/, '').replaceAll('/', '-')

for (const name of readdirSync('packages')) {
  const home = resolve('packages', name)
  const { bin, exports, imports, publishConfig } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'))
  const sources = Object.keys(publishConfig.exports ?? {}).flatMap((entry) => exports[entry]['@jobpass/source'] ?? [])
  if (sources.length === 0) continue
  await build({
    cwd: home,
    // './src/a/b.ts' is shipped as 'a/b.js'.
    input: Object.fromEntries(sources.map((source) => [source.slice('./src/'.length, -'.ts'.length), source])),
    // Everything outside of the package is external.
    external: (id) => !id.startsWith('.') && !isAbsolute(id),
    platform: 'neutral',
    plugins: [topLevelPurity, elsewhere, passOn],
    output: {
      dir: folder === undefined ? 'dist' : resolve(folder, name),
      format: 'esm',
      // One shared file, and one for each source that is loaded when it is needed. Their names are
      // the same in every release.
      chunkFileNames: ({ name, facadeModuleId }) =>
        facadeModuleId === null ? `${name}.js` : `${lazyName(relative(join(home, 'src'), facadeModuleId))}.js`,
      codeSplitting: {
        groups: [
          // What a program needs to show its help, without what its commands need to run.
          { name: 'start', test: /\/cli\/src\/(?:commands\/|app\.ts|version\.ts|io\/exit\.ts)/, priority: 1 },
          {
            name: 'node',
            test: /\/core\/src\/(?:keys\/(?:signature-node|event-loop-budget)|util\/node-(?:decoder|module|version))\.ts$/,
            priority: 1,
          },
          { name: 'shared', minShareCount: 2 },
        ],
      },
      // Editors read comments in the declarations; purity annotations stay for bundlers.
      comments: { jsdoc: false, annotation: true, legal: true },
      // Applications and their debuggers read libraries. A program is only run, and often
      // downloaded for that; names stay, for its stack traces.
      ...(bin !== undefined && { minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } } }),
      // Keep `const`: engines optimize constants better than variables.
      topLevelVar: false,
    },
    // Without a comment for each source file.
    experimental: { attachDebugInfo: 'none' },
    logLevel: 'warn',
  })
  // A folder has no package.json around it that says what '#node' is.
  if (folder !== undefined && imports !== undefined) {
    const here = JSON.stringify({ type: 'module', imports }).replaceAll('./dist/', './')
    writeFileSync(join(resolve(folder, name), 'package.json'), here)
  }
}
