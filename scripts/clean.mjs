// Removes build output: what deleted sources left in `dist` would be shipped.
import { readdirSync, rmSync } from 'node:fs'

for (const name of readdirSync('packages')) {
  rmSync(`packages/${name}/dist`, { recursive: true, force: true })
  rmSync(`packages/${name}/tsconfig.tsbuildinfo`, { force: true })
}
