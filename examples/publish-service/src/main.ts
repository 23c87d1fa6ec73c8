import { createApp } from './app.ts'
import { openDatabase, openServer } from './database.ts'
import { publishersIn } from './publishers.ts'
import { releasesIn } from './releases.ts'
import { createTokenService } from './token-service.ts'

const port = Number(process.env['PORT'] ?? 3000)
const { DATABASE_URL: server, DATA_DIR: folder } = process.env
if (server !== undefined && folder !== undefined) throw new TypeError('DATABASE_URL or DATA_DIR: leave one of them out')
const db = server === undefined ? await openDatabase(folder) : await openServer(server)
const publishers = publishersIn(db, Date)

// A page of the registry would write this once the account has proven to own the project.
const github = { provider: 'github-actions', issuer: 'https://token.actions.githubusercontent.com' } as const
const gitlab = { provider: 'gitlab', issuer: 'https://gitlab.com' } as const
await publishers.add('acme', {
  ...github,
  project: 'shop',
  ownerId: '1234567',
  repositoryId: '74205118',
  workflow: 'release.yml',
  environment: 'release',
})
await publishers.addPending('acme', { ...gitlab, project: 'kiosk', ownerId: '99', repository: 'acme/kiosk' })

// Without a configured key, tokens become invalid when the process ends.
const privateKey = process.env['SIGNING_KEY']
const keys = privateKey === undefined ? {} : { keys: [{ privateKey }] }
const app = createApp(publishers, releasesIn(db, Date), await createTokenService({ publishers, ...keys }))

app.listen(port, '127.0.0.1', () => {
  console.log(`The registry listens on http://127.0.0.1:${port}`)
})
