import type { AddressInfo } from 'node:net'
import { createApp } from './app.ts'
import { openTenants } from './tenants.ts'

const port = Number(process.env['PORT'] ?? 3000)
const tenants = await openTenants()

// A sign-up form would write these once the tenant has proven to own the group or organization.
// Refuse issuers whose address belongs to your own network.
await tenants.add({ id: 'acme', platform: 'gitlab', issuer: 'https://gitlab.acme.example', ownerId: '7' })
await tenants.add({
  id: 'globex',
  platform: 'github',
  issuer: 'https://git.globex.example/_services/token',
  ownerId: '7',
})

const server = createApp(tenants).listen(port, '127.0.0.1', () => {
  const { port: bound } = server.address() as AddressInfo
  console.log(`The report service listens on http://127.0.0.1:${bound}`)
})
