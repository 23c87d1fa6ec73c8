// Removes build output: otherwise files of deleted sources would stay, and be shipped.
import { readdirSync, rmSync } from 'node:fs'

for (const name of readdirSync('packages')) {
  for (const folder of ['dist', 'declarations']) rmSync(`packages/${name}/${folder}`, { recursive: true, force: true })
  rmSync(`packages/${name}/tsconfig.tsbuildinfo`, { force: true })
}
