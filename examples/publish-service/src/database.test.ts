import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { openDatabase } from './database.ts'

const root = mkdtempSync(join(tmpdir(), 'publish-service-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

test('O7: data in a folder survives a restart', async () => {
  const folder = join(root, 'kept')
  const first = await openDatabase(folder)
  await first.query('insert into projects values ($1, $2)', ['shop', 'acme'])
  await first.close()
  const second = await openDatabase(folder)
  expect((await second.query('select * from projects')).rows).toEqual([{ name: 'shop', account: 'acme' }])
  await second.close()
})

test('O7: a folder in use by a running process is refused, one of an ended process is not', async () => {
  const folder = join(root, 'locked')
  const first = await openDatabase(folder)
  await expect(openDatabase(folder)).rejects.toThrow(`is in use by process ${process.pid}`)
  await first.close()
  const { pid: ended } = spawnSync(process.execPath, ['--version'])
  // In a container, the killed process had the same id as this one.
  for (const pid of [ended, process.pid]) {
    writeFileSync(`${folder}.lock`, String(pid))
    await (await openDatabase(folder)).close()
  }
})
