import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { openDatabase } from './database.ts'

const root = mkdtempSync(join(tmpdir(), 'publish-service-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
const folder = join(root, 'data')

test('O7: data in a folder survives a restart', async () => {
  const first = await openDatabase(folder)
  await first.query('insert into projects values ($1, $2)', ['shop', 'acme'])
  await first.close()
  const second = await openDatabase(folder)
  expect((await second.query('select * from projects')).rows).toEqual([{ name: 'shop', account: 'acme' }])
  await second.close()
})

test('O7: a folder in use is refused, until its database is closed', async () => {
  const first = await openDatabase(folder)
  await expect(openDatabase(folder)).rejects.toThrow('is in use by another process: DATA_DIR is for one process')
  await first.close()
  await (await openDatabase(folder)).close()
})

test('O7: a folder whose database cannot be opened is not locked', async () => {
  const file = join(folder, 'PG_VERSION')
  const version = readFileSync(file)
  writeFileSync(file, '9')
  await expect(openDatabase(folder)).rejects.not.toThrow('is in use')
  writeFileSync(file, version)
  await (await openDatabase(folder)).close()
})
