// docs/guides/command-line.md shows the help of every command, as the program prints it.
// `npx vitest run test/cli/page -u` writes it.

import { readFileSync } from 'node:fs'
import { commandNames } from '@jobpass/cli/internal'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { root } from '../documentation/pages.ts'
import { fillParts } from '../generated-parts.ts'
import type { Program } from './program.ts'
import { bundleProgram } from './program.ts'

const page = 'docs/guides/command-line.md'
let program: Program
beforeAll(async () => {
  program = await bundleProgram()
})
afterAll(() => program.remove())

test('the page shows the help of every command', async () => {
  const helps: string[] = []
  for (const name of commandNames) {
    const { out } = await program.run([name, '--help'])
    helps.push(`### ${name}\n\n\`\`\`text\n${out.trimEnd()}\n\`\`\``)
  }
  const filled = fillParts(page, readFileSync(root + page, 'utf8'), { commands: helps.join('\n\n') })
  await expect(filled).toMatchFileSnapshot(root + page)
})
