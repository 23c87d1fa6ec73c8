import { createPrivateKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createVerifier, githubActions } from '@jobpass/express'
import { createApp } from './app.ts'
import { registryKey } from './registry-key.ts'

const { PORT = '3000', KEY_FILE = 'token.key' } = process.env
const service = 'images.acme.dev'

const app = createApp({
  issuer: 'https://images.acme.dev/auth',
  service,
  verifier: createVerifier({ audience: service, trust: githubActions({ ownerId: '1234567' }) }),
  publishers: new Map([['acme/shop', githubActions({ ownerId: '1234567', repositoryId: '74205118', branch: 'main' })]]),
  key: registryKey(createPrivateKey(readFileSync(KEY_FILE))),
})

app.listen(Number(PORT), '127.0.0.1', () => {
  console.log(`The token endpoint listens on http://127.0.0.1:${PORT}`)
})
