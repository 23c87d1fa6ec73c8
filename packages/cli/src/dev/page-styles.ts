/** The styles of the page. */

/** The styles. */
export const styles: string = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h2 button { font-size: 1rem; }
button, input { font: inherit; padding: 0.2rem 0.6rem; margin: 0.1rem; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; border: 1px solid; padding: 0.5rem; }
`.trimStart()
