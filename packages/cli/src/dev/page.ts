/** The page of a local issuer: a button for each job. */

/** What the page shows. */
export interface PageContent {
  /** The name of the platform. */
  readonly title: string
  /** The URL of the issuer. */
  readonly url: string
  /** The name of the API that tokens are for, at first. */
  readonly audience: string
  /** The jobs. */
  readonly jobs: readonly string[]
}

/** Makes the page. Its script and its styles are files of the same server. */
export function pageOf({ title, url, audience, jobs }: PageContent): string {
  const buttons = jobs.map((job) => `      <button type="button" data-job="${escape(job)}">${escape(job)}</button>`)
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width">
    <title>jobpass dev: ${escape(title)}</title>
    <link rel="stylesheet" href="/page.css">
    <script type="module" src="/page.js"></script>
  </head>
  <body>
    <h1>Jobs on ${escape(title)}</h1>
    <p>Tokens of <code>${escape(url)}</code>, for tests on this machine only.</p>
    <p><label>Audience <input id="audience" value="${escape(audience)}" size="40"></label></p>
    <p><label>Claims, as JSON <input id="claims" placeholder="{ &quot;branch&quot;: &quot;main&quot; }" size="40"></label></p>
    <p id="jobs">
${buttons.join('\n')}
    </p>
    <p id="message" role="status"></p>
    <section id="result" hidden>
      <h2>Token <button type="button" id="copy">Copy</button></h2>
      <pre id="token"></pre>
      <h2>Claims</h2>
      <pre id="shown"></pre>
    </section>
  </body>
</html>
`
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

function escape(text: string): string {
  return text.replaceAll(/[&<>"]/g, (each) => entities[each] as string)
}
