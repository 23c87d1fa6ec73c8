import { randomBytes, randomUUID } from 'node:crypto'
import { postgresPublishers } from '@jobpass/publishers'
import { createApp } from './app.ts'
import { openDatabase, openServer } from './database.ts'
import { claimProject } from './projects.ts'
import { releasesIn } from './releases.ts'
import { settingsPage } from './settings.ts'
import { createTokenService } from './token-service.ts'

const port = Number(process.env['PORT'] ?? 3000)
const { DATABASE_URL: server, DATA_DIR: folder } = process.env
if (server !== undefined && folder !== undefined) throw new TypeError('DATABASE_URL or DATA_DIR: leave one of them out')
const db = server === undefined ? await openDatabase(folder) : await openServer(server)
// Without a configured key, tokens become invalid when the process ends.
const privateKey = process.env['SIGNING_KEY']
const keys = privateKey === undefined ? {} : { keys: [{ privateKey }] }
const service = await createTokenService({ store: await postgresPublishers(db, { claimProject }), ...keys })

// The settings page of the registry would do this, once the account has proven to own the project.
const acme = { account: 'acme' } as const
await service.publishers.add({
  ...acme,
  project: 'shop',
  issuer: 'https://token.actions.githubusercontent.com',
  ownerId: '1234567',
  repositoryId: '74205118',
  workflowFile: '.github/workflows/release.yml',
  environment: 'release',
})
const kiosk = { ...acme, project: 'kiosk' } as const
if ((await service.publishers.list(kiosk)).length === 0)
  await service.publishers.addPending({
    ...kiosk,
    issuer: 'https://gitlab.com',
    ownerId: '99',
    repository: 'acme/kiosk',
  })

// Stands in for a sign-in.
const session = randomUUID()
const settings = settingsPage({
  db,
  publishers: service.publishers,
  origin: `http://127.0.0.1:${port}`,
  secret: process.env['FORM_SECRET'] ?? randomBytes(32),
  accountOf: (cookie) => (cookie === session ? acme.account : undefined),
})

createApp(releasesIn(db, Date), service, settings).listen(port, '127.0.0.1', () => {
  console.log(`The registry listens on http://127.0.0.1:${port}`)
  console.log(`Settings: curl -b session=${session} http://127.0.0.1:${port}/settings/publishers/shop`)
})
