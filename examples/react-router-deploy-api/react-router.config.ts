import type { Config } from '@react-router/dev/config'

// The tests build further apps from other folders.
const app = process.env['APP'] ?? 'src'
const ofTests: Readonly<Record<string, Config>> = {
  'src/middleware': { future: { v8_middleware: true } },
  'src/prerendered': { prerender: ['/deploy'] },
}

export default { appDirectory: app, buildDirectory: `dist/${app}/app`, ...ofTests[app] } satisfies Config
