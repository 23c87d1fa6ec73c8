// Bundles the GitHub Action, whose repository is all that a runner downloads. A test compares the
// result with what is committed. `node scripts/bundle-action.mjs [FOLDER]` writes to FOLDER, or to
// `action/bundle` without it.
import { resolve } from 'node:path'
import { build } from 'esbuild'

/** jose makes proofs for tokens that are bound to a key, which the action never requests. */
const withoutJose = {
  name: 'without-jose',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^jose$/ }, ({ path }) => ({ path, namespace: 'without-jose' }))
    onLoad({ filter: /.*/, namespace: 'without-jose' }, () => ({ contents: '' }))
  },
}

const [, , folder = 'action/bundle'] = process.argv
await build({
  entryPoints: ['action/src/main.ts', 'action/src/post.ts'],
  outdir: resolve(folder),
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  conditions: ['@jobpass/source'],
  plugins: [withoutJose],
  // Not minified: people review what they pin.
  legalComments: 'none',
  banner: { js: '// Made by scripts/bundle-action.mjs from action/src and packages/client.' },
  logLevel: 'warning',
})
