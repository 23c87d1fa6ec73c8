/** Describes the machine and the package versions of a run. */

import { readFileSync } from 'node:fs'
import { arch, cpus, platform, totalmem } from 'node:os'
import { published } from '../published.ts'
import { table } from './table.ts'

const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  readonly devDependencies: Readonly<Record<string, string>>
}

/** Packages that are tools or types only. */
const tools = /^(@types\/|prettier$)/

/** Versions in the manifest; they are exact. */
function versions(): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(manifest.devDependencies).filter(([name]) => !tools.test(name)))
}

/** A table with the machine. */
export function machine(): string {
  const memory = `${(totalmem() / 2 ** 30).toFixed(0)} GiB`
  return table(
    ['', ''],
    [
      ['Processor', `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`],
      ['Memory', memory],
      ['System', `${platform()} ${arch()}`],
      ['Node', `${process.version}, V8 ${process.versions.v8}, OpenSSL ${process.versions.openssl}`],
      [
        'jobpass',
        published ? 'as it is published, from `dist`' : 'not built: from its sources, which tsx makes slower',
      ],
      [
        'Packages',
        Object.entries(versions())
          .map(([name, version]) => `${name} ${version}`)
          .join(', '),
      ],
    ],
  ).replace('| --- | ---: |', '| --- | --- |')
}
