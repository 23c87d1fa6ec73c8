// Mutation testing of core, on a copy of the work tree, because mutants are written to the sources.
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const copy = mkdtempSync(join(tmpdir(), 'jobpass-mutation-'))
cpSync('.', copy, { recursive: true, verbatimSymlinks: true, filter: (path) => path !== '.git' })
const stryker = join(copy, 'node_modules/@stryker-mutator/core/bin/stryker.js')
const { status } = spawnSync(
  process.execPath,
  [stryker, 'run', 'config/stryker.config.json', ...process.argv.slice(2)],
  {
    cwd: copy,
    stdio: 'inherit',
  },
)
const report = join(copy, 'mutation-report.json')
if (existsSync(report)) cpSync(report, 'mutation-report.json', { force: true })
rmSync(copy, { recursive: true, force: true })
process.exitCode = status ?? 1
