export default {
  typescript: { ignoreBuildErrors: true },
  rewrites: async () => [{ source: '/elsewhere', destination: '/behind-proxy' }],
}
