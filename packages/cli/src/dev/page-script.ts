/** The script of the page, as a browser runs it. It writes text only, never HTML. */

/** The script. */
export const script: string = `
const part = (id) => document.getElementById(id)

async function sign(job) {
  const request = { job, audience: part('audience').value, claims: JSON.parse(part('claims').value || '{}') }
  const answer = await fetch('/tokens', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(request),
  })
  const body = await answer.json()
  if (!answer.ok) throw new Error(body.message)
  part('token').textContent = body.token
  part('shown').textContent = JSON.stringify(body.claims, null, 2)
  part('result').hidden = false
  return 'A token of the job ' + job + '.'
}

async function copy() {
  await navigator.clipboard.writeText(part('token').textContent)
  return 'Copied.'
}

async function report(work) {
  try {
    part('message').textContent = await work()
  } catch (error) {
    part('message').textContent = error.message
  }
}

part('jobs').addEventListener('click', ({ target }) => {
  if (target.dataset.job !== undefined) void report(() => sign(target.dataset.job))
})
part('copy').addEventListener('click', () => void report(copy))
`.trimStart()
