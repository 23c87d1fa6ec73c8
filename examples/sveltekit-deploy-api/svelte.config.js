import adapter from '@sveltejs/adapter-node'

// The tests build further apps from other folders.
const app = process.env.APP ?? 'src'

/** @type {import('@sveltejs/kit').Config} */
export default {
  kit: {
    adapter: adapter({ out: `dist/${app}/server` }),
    files: { appTemplate: 'src/app.html', hooks: { server: `${app}/hooks.server` }, routes: `${app}/routes` },
    outDir: `dist/${app}/kit`,
  },
}
