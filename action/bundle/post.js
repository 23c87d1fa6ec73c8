// Made by scripts/bundle-action.mjs from action/src and packages/client.

// action/src/post.ts
import { rm } from "node:fs/promises";

// action/src/revoke.ts
var timeout = 1e4;
async function revoke(url, token) {
  try {
    const { ok, status } = await fetch(url, {
      method: "POST",
      body: new URLSearchParams({ token, token_type_hint: "access_token" }),
      // A redirect would send the token to an address that the workflow does not name.
      redirect: "manual",
      signal: AbortSignal.timeout(timeout)
    });
    return ok ? void 0 : `${url} answered ${status}`;
  } catch {
    return `${url} cannot be reached`;
  }
}

// action/src/runner.ts
import { EOL } from "node:os";
var escape = (text) => text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
function print(line) {
  process.stdout.write(`${line}${EOL}`);
}
function command(name, text) {
  print(`::${name}::${escape(text)}`);
}
function readState(env, name) {
  return env[`STATE_${name}`] ?? "";
}

// action/src/post.ts
async function post(env) {
  const [folder, token, url] = [readState(env, "folder"), readState(env, "token"), readState(env, "revocation-url")];
  if (folder !== "") await remove(folder);
  if (token === "") return;
  const failure = await revoke(url, token);
  if (failure === void 0) print("Revoked the service token.");
  else command("warning", `The service token was not revoked, and works until it expires: ${failure}.`);
}
async function remove(folder) {
  try {
    await rm(folder, { recursive: true, force: true });
  } catch {
    command("warning", `The file with the token was not removed: delete ${folder}.`);
  }
}
await post(process.env);
