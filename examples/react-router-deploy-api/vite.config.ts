import { reactRouter } from '@react-router/dev/vite'
import { defaultServerConditions, defineConfig } from 'vite'

export default defineConfig({
  plugins: [reactRouter()],
  // In this repository, packages are their sources. Your app does not need this line.
  ssr: { resolve: { conditions: ['@jobpass/source', ...defaultServerConditions] } },
})
