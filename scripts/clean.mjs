// Removes build output: otherwise files of deleted sources would stay in `dist` and be shipped.
import { readdirSync, rmSync } from 'node:fs'

for (const name of readdirSync('packages')) {
  rmSync(`packages/${name}/dist`, { recursive: true, force: true })
  rmSync(`packages/${name}/tsconfig.tsbuildinfo`, { force: true })
}
