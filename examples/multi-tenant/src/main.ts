import { createApp } from './app.ts'
import { openProjects } from './projects.ts'

const port = Number(process.env['PORT'] ?? 3000)
const projects = await openProjects()

// A sign-up form would write this once the tenant has proven to own the repository.
await projects.add('shop', {
  issuer: 'https://token.actions.githubusercontent.com',
  ownerId: '1234567',
  repositoryId: '74205118',
  branch: 'main',
})

createApp(projects).listen(port, '127.0.0.1', () => {
  console.log(`The release service listens on http://127.0.0.1:${port}`)
})
