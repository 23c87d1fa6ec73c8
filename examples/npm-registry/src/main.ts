import { githubActions } from '@jobpass/express'
import { createApp } from './app.ts'

const { PORT = '3000', PUBLIC_URL = 'https://npm.acme.dev', UPSTREAM = 'http://127.0.0.1:4873' } = process.env

const app = await createApp({
  url: PUBLIC_URL,
  upstream: new URL(UPSTREAM),
  publishers: new Map([
    ['@acme/shop', githubActions({ ownerId: '1234567', repositoryId: '74205118', environment: 'release' })],
  ]),
})

app.listen(Number(PORT), '127.0.0.1', () => {
  console.log(`The npm registry listens on http://127.0.0.1:${PORT}`)
})
