/** Writes the pages of the API reference to `docs/reference`, which git ignores. */

import { rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { readPackages } from './model.mjs'
import { titleOf } from './pages.mjs'
import { fileName, PageRouter } from './router.mjs'
import { pageOptions, ReferenceTheme } from './theme.mjs'

const out = fileURLToPath(new URL('../../docs/reference', import.meta.url))
rmSync(out, { recursive: true, force: true })
const { app, project } = await readPackages(pageOptions)
if (project === undefined) process.exit(1)
app.renderer.defineTheme('reference', ReferenceTheme)
app.renderer.defineRouter('page', PageRouter)
await app.outputs.writeOutput({ name: 'markdown', path: out }, project)
if (app.logger.hasErrors() || app.logger.hasWarnings()) process.exit(1)
writeFileSync(`${out}/README.md`, startPage(project.children))

/** The start page: every page with the first sentence of its introduction. */
function startPage(modules) {
  const rows = modules.map(({ name, comment }) => {
    const intro = comment.summary.map(({ text }) => text).join('')
    const [sentence = intro] = /^.*?\.(?=\s|$)/s.exec(intro) ?? []
    return `| [${titleOf(name)}](${fileName(name)}.md) | ${sentence.replaceAll('\n', ' ')} |`
  })
  return [
    '---\neditLink: false\n---',
    '# Reference',
    'Every public name, by package. The text is that of the comments in the source, which editors show too. [Options](../options.md) lists the options of all functions in one page.',
    ['| Page | Contents |', '| --- | --- |', ...rows].join('\n'),
    '',
  ].join('\n\n')
}
