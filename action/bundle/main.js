// Made by scripts/bundle-action.mjs from action/src and packages/client.
var __create = Object.create;
var __defProp = Object.defineProperty;
var __getOwnPropDesc = Object.getOwnPropertyDescriptor;
var __getOwnPropNames = Object.getOwnPropertyNames;
var __getProtoOf = Object.getPrototypeOf;
var __hasOwnProp = Object.prototype.hasOwnProperty;
var __esm = (fn, res, err) => function __init() {
  if (err) throw err[0];
  try {
    return fn && (res = (0, fn[__getOwnPropNames(fn)[0]])(fn = 0)), res;
  } catch (e) {
    throw err = [e], e;
  }
};
var __commonJS = (cb, mod) => function __require() {
  try {
    return mod || (0, cb[__getOwnPropNames(cb)[0]])((mod = { exports: {} }).exports, mod), mod.exports;
  } catch (e) {
    throw mod = 0, e;
  }
};
var __export = (target, all) => {
  for (var name in all)
    __defProp(target, name, { get: all[name], enumerable: true });
};
var __copyProps = (to, from, except, desc) => {
  if (from && typeof from === "object" || typeof from === "function") {
    for (let key of __getOwnPropNames(from))
      if (!__hasOwnProp.call(to, key) && key !== except)
        __defProp(to, key, { get: () => from[key], enumerable: !(desc = __getOwnPropDesc(from, key)) || desc.enumerable });
  }
  return to;
};
var __toESM = (mod, isNodeMode, target) => (target = mod != null ? __create(__getProtoOf(mod)) : {}, __copyProps(
  // If the importer is in node compatibility mode or this is not an ESM
  // file that has been converted to a CommonJS file using a Babel-
  // compatible transform (i.e. "__esModule" has not been set), then set
  // "default" to the CommonJS "module.exports" for node compatibility.
  isNodeMode || !mod || !mod.__esModule ? __defProp(target, "default", { value: mod, enumerable: true }) : target,
  mod
));

// packages/client/src/errors.ts
function plain(text) {
  return text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, " ").slice(0, longest);
}
function formatValue(value) {
  return plain(JSON.stringify(value) ?? "absent");
}
var NotInCiError, TokenUnavailableError, RefusedError, longest;
var init_errors = __esm({
  "packages/client/src/errors.ts"() {
    "use strict";
    NotInCiError = class extends Error {
      /** The name of the class. */
      name = "NotInCiError";
      /** Stable, for programs: `'not_in_ci'`. */
      code = "not_in_ci";
      /** @internal */
      constructor() {
        super(
          "No CI platform was found that gives this process an OIDC token. JOBPASS_ID_TOKEN or JOBPASS_ID_TOKEN_FILE can hold one"
        );
      }
    };
    TokenUnavailableError = class extends Error {
      /** The name of the class. */
      name = "TokenUnavailableError";
      /** Stable, for programs: `'token_unavailable'`. */
      code = "token_unavailable";
      /** The platform's id, such as `'github-actions'`. */
      provider;
      /** The line to add to the job, or what else helps. */
      fix;
      /** @internal */
      constructor(platform, reason, fix, cause) {
        super(`${platform.title}: ${reason}. ${fix}`, cause === void 0 ? {} : { cause });
        this.provider = platform.id;
        this.fix = fix;
      }
    };
    RefusedError = class extends Error {
      /** The name of the class. */
      name = "RefusedError";
      /** The API's stable code, such as `'workload_forbidden'`; `undefined` if the answer has none. */
      code;
      /** The HTTP status. */
      status;
      /** The checks that failed, if the API lists them. */
      checks;
      /** @internal */
      constructor(status, { code, detail, checks = [] }) {
        const reasons = checks.map(({ field, operator, actual, expected, hint }) => {
          const wanted = expected === void 0 ? "" : `, wanted ${operator} ${formatValue(expected)}`;
          return `${plain(field)} is ${formatValue(actual)}${wanted}${hint === void 0 ? "" : ` (${plain(hint)})`}`;
        });
        super([`${status} ${plain(code ?? "refused")}: ${plain(detail ?? "The job was refused.")}`, ...reasons].join(" "));
        this.code = code;
        this.status = status;
        this.checks = checks;
      }
    };
    longest = 300;
  }
});

// without-jose:jose
var require_jose = __commonJS({
  "without-jose:jose"() {
  }
});

// packages/client/src/dpop.ts
var dpop_exports = {};
__export(dpop_exports, {
  bound: () => bound,
  createProofKey: () => createProofKey
});
async function createProofKey(clock) {
  const { exportJWK, generateKeyPair, SignJWT } = await Promise.resolve().then(() => __toESM(require_jose(), 1)).catch((cause) => {
    throw new TypeError("A token that is bound to a key needs the package jose: npm install jose", { cause });
  });
  const { privateKey, publicKey } = await generateKeyPair(algorithm);
  const jwk = await exportJWK(publicKey);
  const nonces = /* @__PURE__ */ new Map();
  return {
    prove: async (method, url2, token2) => {
      const nonce = nonces.get(url2.origin);
      const claims = {
        jti: crypto.randomUUID(),
        htm: method,
        // Without query and fragment (RFC 9449 §4.2).
        htu: url2.origin + url2.pathname,
        iat: Math.floor(clock.now() / 1e3),
        ...token2 === void 0 ? {} : { ath: await digest(token2) },
        ...nonce === void 0 ? {} : { nonce }
      };
      const proof = new SignJWT(claims).setProtectedHeader({ alg: algorithm, typ: "dpop+jwt", jwk });
      return { dpop: await proof.sign(privateKey) };
    },
    learn: (answer, url2) => {
      const nonce = answer.headers.get("dpop-nonce");
      if (nonce === null || nonces.get(url2.origin) === nonce) return false;
      nonces.set(url2.origin, nonce);
      return answer.status === 400 || answer.status === 401;
    }
  };
}
function bound(token2, type, key) {
  if (String(type).toLowerCase() !== "dpop")
    throw new RefusedError(200, { code: "token_unbound", detail: "The exchange does not bind tokens to a key." });
  let last;
  return {
    token: token2,
    headers: async (method, url2) => {
      last = url2;
      return { authorization: `DPoP ${token2}`, ...await key.prove(method, url2, token2) };
    },
    mustRepeat: (answer) => last !== void 0 && key.learn(answer, last)
  };
}
async function digest(token2) {
  const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token2));
  const base64 = btoa(String.fromCharCode(...new Uint8Array(bytes)));
  return base64.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
var algorithm;
var init_dpop = __esm({
  "packages/client/src/dpop.ts"() {
    "use strict";
    init_errors();
    algorithm = "ES256";
  }
});

// packages/client/src/job.ts
var thisJob = Object.freeze({
  // A getter: a variable that is set later counts.
  get env() {
    return process.env;
  },
  fetch: (input, init) => fetch(input, init),
  clock: { now: () => Date.now(), sleep },
  run: async (program, args, signal) => {
    const { execFile } = await import("node:child_process");
    return new Promise((resolve, reject) => {
      execFile(program, [...args], { signal, maxBuffer: maxOutput }, (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else reject(new Error(`${program} failed: ${stderr.trim() || String(error.code)}`));
      });
    });
  },
  readFile: async (path) => (await import("node:fs/promises")).readFile(path, "utf8"),
  post: async ({ socket, path, body }, signal) => {
    const { request } = await import("node:http");
    const headers = { "content-type": "application/json", "content-length": new TextEncoder().encode(body).length };
    return new Promise((resolve, reject) => {
      const sent = request({ socketPath: socket, path, method: "POST", headers, signal }, (answer) => {
        let text = "";
        answer.setEncoding("utf8").on("data", (part) => {
          text += part;
          if (text.length > maxOutput) answer.destroy(new Error("the answer is too long"));
        });
        answer.once("error", reject).once("end", () => {
          if (answer.statusCode === 200) resolve(text);
          else reject(new Error(`${socket} answered ${answer.statusCode}`));
        });
      });
      sent.once("error", reject).end(body);
    });
  },
  // Runners read commands from standard output.
  print: (line) => console.log(line)
});
var maxOutput = 65536;
function sleep(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const timer = setTimeout(done, milliseconds);
    function abort() {
      clearTimeout(timer);
      reject(signal?.reason);
    }
    function done() {
      signal?.removeEventListener("abort", abort);
      resolve();
    }
    signal?.addEventListener("abort", abort, { once: true });
  });
}
async function within(clock, seconds, work) {
  const [late, done] = [new AbortController(), new AbortController()];
  void clock.sleep(seconds * 1e3, done.signal).then(
    () => late.abort(new DOMException(`took longer than ${seconds} s`, "TimeoutError")),
    () => {
    }
  );
  try {
    return await abortable(work(late.signal), late.signal);
  } finally {
    done.abort();
  }
}
function abortable(promise, signal) {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

// packages/client/src/token-source.ts
init_errors();

// packages/client/src/http.ts
var EndpointError = class extends Error {
  name = "EndpointError";
  /** Whether the same request may succeed later. */
  temporary;
  /** Seconds after which to try again, if the endpoint says so. */
  retryAfter;
  constructor(message, temporary, retryAfter, cause) {
    super(message, cause === void 0 ? {} : { cause });
    this.temporary = temporary;
    this.retryAfter = retryAfter;
  }
};
async function send({ job: job2, signal }, url2, init = {}) {
  try {
    const answer = await job2.fetch(url2, { ...init, redirect: "manual", signal });
    const { ok, status, headers } = answer;
    if (ok) return await readText(answer);
    await answer.body?.cancel();
    const temporary = status === 429 || status >= 500;
    throw new EndpointError(`the endpoint for tokens answered ${status}`, temporary, retryAfterOf(headers));
  } catch (error) {
    if (error instanceof EndpointError) throw error;
    if (signal.aborted) throw signal.reason;
    throw new EndpointError("the endpoint for tokens does not answer", true, void 0, error);
  }
}
function member(text, ...names3) {
  let value;
  try {
    value = JSON.parse(text);
    for (const name of names3) value = value[name];
  } catch {
    value = void 0;
  }
  if (typeof value !== "string") throw new EndpointError(`the answer has no ${names3.join(".")}`, false);
  return value;
}
async function readText(answer) {
  let text = "";
  const decoder = new TextDecoder();
  for await (const part of answer.body ?? []) {
    text += decoder.decode(part, { stream: true });
    if (text.length > maxOutput) throw new RangeError("the answer is too long");
  }
  return text + decoder.decode();
}
function retryAfterOf(headers) {
  const value = headers.get("retry-after") ?? "";
  return /^\d{1,4}$/.test(value) ? Number(value) : void 0;
}

// packages/client/src/platform.ts
function isSet(name) {
  return (env) => Boolean(env[name]);
}
function valueOf(env, name) {
  return env[name] ?? "";
}

// packages/client/src/platforms/commands.ts
var circleci = {
  id: "circleci",
  title: "CircleCI",
  offers: isSet("CIRCLE_OIDC_TOKEN_V2"),
  runs: (env) => env["CIRCLECI"] === "true",
  fix: () => "Let self-hosted runners write to their temporary folder",
  request: ({ audience, job: job2, signal }) => job2.run("circleci", ["run", "oidc", "get", "--claims", JSON.stringify({ aud: audience })], signal)
};
var buildkite = {
  id: "buildkite",
  title: "Buildkite",
  offers: isSet("BUILDKITE_AGENT_ACCESS_TOKEN"),
  runs: (env) => env["BUILDKITE"] === "true",
  fix: () => "In a container, add 'mount-buildkite-agent: true' to the Docker plugin",
  request: ({ audience, job: job2, signal }) => {
    const claims = ["--claim", "organization_id,pipeline_id"];
    return job2.run("buildkite-agent", ["oidc", "request-token", "--audience", audience, ...claims], signal);
  }
};
var spiffe = {
  id: "spiffe",
  title: "SPIFFE",
  offers: isSet("SPIFFE_ENDPOINT_SOCKET"),
  fix: () => "Install spire-agent where the job runs, and register the workload",
  request: async ({ audience, job: job2, signal }) => {
    const output = await job2.run(
      "spire-agent",
      ["api", "fetch", "jwt", "-audience", audience, "-output", "json"],
      signal
    );
    return member(output, "0", "svids", "0", "svid");
  }
};
var aws = {
  id: "aws",
  title: "AWS",
  offers: isSet("CODEBUILD_BUILD_ID"),
  fix: () => "Allow the project's role sts:GetWebIdentityToken",
  request: async ({ audience, job: job2, signal }) => {
    const options = ["--audience", audience, "--signing-algorithm", "ES384", "--output", "json"];
    return member(await job2.run("aws", ["sts", "get-web-identity-token", ...options], signal), "WebIdentityToken");
  }
};

// packages/client/src/platforms/endpoints.ts
var azureDevops = {
  id: "azure-devops",
  title: "Azure DevOps",
  offers: (env) => isSet("SYSTEM_OIDCREQUESTURI")(env) && isSet("SYSTEM_ACCESSTOKEN")(env),
  runs: (env) => env["TF_BUILD"] === "True",
  fix: () => "Add to the step: env: { SYSTEM_ACCESSTOKEN: $(System.AccessToken) }. The audience of its tokens is api://AzureADTokenExchange, and cannot be chosen",
  request: async (request) => {
    const { env } = request.job;
    const headers = {
      authorization: `Bearer ${valueOf(env, "SYSTEM_ACCESSTOKEN")}`,
      "content-type": "application/json",
      // Without it, a bad access token is answered with a page to sign in.
      "x-tfs-fedauthredirect": "Suppress"
    };
    const url2 = `${valueOf(env, "SYSTEM_OIDCREQUESTURI")}?api-version=7.1`;
    return member(await send(request, url2, { method: "POST", headers, body: "" }), "oidcToken");
  },
  mask: (secret) => `##vso[task.setsecret]${secret}`
};
var googleCloud = {
  id: "google-cloud",
  title: "Google Cloud",
  offers: (env) => ["GCE_METADATA_HOST", "K_SERVICE", "CLOUD_RUN_JOB"].some((name) => isSet(name)(env)),
  fix: () => "Give it a service account",
  request: (request) => {
    const host = request.job.env["GCE_METADATA_HOST"] || "metadata.google.internal";
    const query = `audience=${encodeURIComponent(request.audience)}&format=full`;
    const url2 = `http://${host}/computeMetadata/v1/instance/service-accounts/default/identity?${query}`;
    return send(request, url2, { headers: { "metadata-flavor": "Google" } });
  }
};
var microsoftEntra = {
  id: "microsoft-entra",
  title: "Microsoft Entra",
  offers: (env) => isSet("IDENTITY_ENDPOINT")(env) && isSet("IDENTITY_HEADER")(env),
  fix: (audience) => `Give the app a managed identity, and register ${audience} as an application of your tenant`,
  request: async (request) => {
    const { env } = request.job;
    const query = `resource=${encodeURIComponent(request.audience)}&api-version=2019-08-01`;
    const headers = { "x-identity-header": valueOf(env, "IDENTITY_HEADER") };
    return member(await send(request, `${valueOf(env, "IDENTITY_ENDPOINT")}?${query}`, { headers }), "access_token");
  }
};
var vercel = {
  id: "vercel",
  title: "Vercel",
  offers: isSet("VERCEL_OIDC_TOKEN"),
  runs: (env) => env["VERCEL"] === "1",
  fix: () => "Enable secure backend access with OIDC in the settings of the project",
  request: async (request) => {
    const body = JSON.stringify({ token: valueOf(request.job.env, "VERCEL_OIDC_TOKEN"), aud: request.audience });
    const headers = { "content-type": "application/json" };
    return member(await send(request, "https://oidc.vercel.com/~token", { method: "POST", headers, body }), "token");
  }
};

// packages/client/src/platforms/files.ts
function inFile(variable, row) {
  return {
    ...row,
    offers: isSet(variable),
    request: ({ job: job2 }) => job2.readFile(valueOf(job2.env, variable))
  };
}
var givenFile = inFile("JOBPASS_ID_TOKEN_FILE", {
  id: "given-file",
  title: "JOBPASS_ID_TOKEN_FILE",
  fix: (audience) => `Let the file hold a token with the audience ${audience}`
});
var renderServices = {
  ...inFile("AWS_WEB_IDENTITY_TOKEN_FILE", {
    id: "render-services",
    title: "Render",
    runs: (env) => env["RENDER"] === "true",
    fix: () => "Set AWS_ROLE_ARN to any value; the audience of its tokens is sts.amazonaws.com, and cannot be chosen"
  }),
  // Kubernetes clusters of AWS set the same variable.
  offers: (env) => env["RENDER"] === "true" && Boolean(env["AWS_WEB_IDENTITY_TOKEN_FILE"])
};
var kubernetes = {
  id: "kubernetes",
  title: "Kubernetes",
  // The token for the cluster's own API is never sent elsewhere.
  offers: () => false,
  runs: isSet("KUBERNETES_SERVICE_HOST"),
  fix: (audience) => `Add a projected volume with serviceAccountToken: { audience: '${audience}', path: token }, and set JOBPASS_ID_TOKEN_FILE to its path`,
  request: () => Promise.reject(new Error("no token"))
};

// packages/client/src/platforms/request-endpoint.ts
var [url, token] = ["ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"];
var endpoint = {
  offers: (env) => isSet(url)(env) && isSet(token)(env),
  request: async (request) => {
    const { env } = request.job;
    const address = `${valueOf(env, url)}&audience=${encodeURIComponent(request.audience)}`;
    const headers = { authorization: `Bearer ${valueOf(env, token)}`, accept: "application/json" };
    return member(await send(request, address, { headers }), "value");
  },
  mask: (secret) => `::add-mask::${secret}`
};
var permissions = "Add 'permissions: id-token: write' to the job";
var isForgejo = (env) => env["FORGEJO_ACTIONS"] === "true";
var forgejoActions = {
  id: "forgejo-actions",
  title: "Forgejo Actions",
  ...endpoint,
  offers: (env) => isForgejo(env) && endpoint.offers(env),
  runs: isForgejo,
  fix: () => "Add 'enable-openid-connect: true' to the workflow"
};
var githubActions = {
  id: "github-actions",
  title: "GitHub Actions",
  ...endpoint,
  runs: (env) => env["GITHUB_ACTIONS"] === "true",
  fix: () => `${permissions}. A pull request of a fork and a run of Dependabot get no token; a container needs the variables ${url} and ${token}`
};

// packages/client/src/platforms/sockets.ts
var flyIo = {
  id: "fly-io",
  title: "Fly.io",
  offers: isSet("FLY_MACHINE_ID"),
  fix: () => "Run inside a machine, where /.fly/api is",
  request: ({ audience, job: job2, signal }) => job2.post({ socket: "/.fly/api", path: "/v1/tokens/oidc", body: JSON.stringify({ aud: audience }) }, signal)
};
var cursorAgents = {
  id: "cursor-agents",
  title: "Cursor cloud agents",
  offers: isSet("CURSOR_AGENT_SOCKET"),
  fix: () => "Let the team\u2019s administrator enable OIDC tokens for cloud agents",
  request: async ({ audience, job: job2, signal }) => {
    const socket = job2.env["CURSOR_AGENT_SOCKET"] || "/run/cursor/api.sock";
    const body = JSON.stringify({ aud: audience });
    return member(await job2.post({ socket, path: "/v1/tokens/oidc", body }, signal), "token");
  }
};

// packages/client/src/platforms/variables.ts
function inVariable(name, row) {
  return {
    ...row,
    offers: isSet(name),
    request: ({ job: job2 }) => Promise.resolve(valueOf(job2.env, name)),
    oneToken: true
  };
}
function gitlabVariable(audience) {
  return `${audience.toUpperCase().replaceAll(/[^A-Z0-9]/g, "_")}_ID_TOKEN`;
}
var isGitlab = (env) => env["GITLAB_CI"] === "true";
var gitlab = {
  id: "gitlab",
  title: "GitLab CI",
  offers: (env, audience) => isGitlab(env) && isSet(gitlabVariable(audience))(env),
  runs: isGitlab,
  fix: (audience) => `Add to the job: id_tokens: { ${gitlabVariable(audience)}: { aud: '${audience}' } }`,
  request: ({ job: job2, audience }) => Promise.resolve(valueOf(job2.env, gitlabVariable(audience))),
  oneToken: true
};
var bitbucketPipelines = inVariable("BITBUCKET_STEP_OIDC_TOKEN", {
  id: "bitbucket-pipelines",
  title: "Bitbucket Pipelines",
  runs: isSet("BITBUCKET_BUILD_NUMBER"),
  fix: (audience) => `Add to the step: oidc: { audiences: ['${audience}'] }`
});
var semaphore = inVariable("SEMAPHORE_OIDC_TOKEN", {
  id: "semaphore",
  title: "Semaphore",
  runs: (env) => env["SEMAPHORE"] === "true",
  fix: () => "The audience of its tokens is the address of the organization, and cannot be chosen"
});
var spacelift = inVariable("SPACELIFT_OIDC_TOKEN", {
  id: "spacelift",
  title: "Spacelift",
  runs: isSet("TF_VAR_spacelift_run_id"),
  fix: () => "The audience of its tokens is the name of the account\u2019s host, and cannot be chosen"
});
var hcpTerraform = inVariable("TFC_WORKLOAD_IDENTITY_TOKEN", {
  id: "hcp-terraform",
  title: "HCP Terraform",
  runs: isSet("TFC_RUN_ID"),
  fix: (audience) => `Set in the workspace: TFC_WORKLOAD_IDENTITY_AUDIENCE=${audience}`
});
var pulumiDeployments = inVariable("PULUMI_OIDC_TOKEN", {
  id: "pulumi-deployments",
  title: "Pulumi Deployments",
  fix: () => "The audience of its tokens is the organization, and cannot be chosen"
});
var modalFunctions = inVariable("MODAL_IDENTITY_TOKEN", {
  id: "modal-functions",
  title: "Modal",
  runs: isSet("MODAL_TASK_ID"),
  fix: () => "The audience of its tokens is oidc.modal.com, and cannot be chosen"
});
var teamcity = inVariable("TEAMCITY_BUILD_OIDC_TOKEN", {
  id: "teamcity",
  title: "TeamCity",
  runs: isSet("TEAMCITY_VERSION"),
  fix: (audience) => `Add the build feature for OIDC tokens, with the audience ${audience}, in build parameters`
});
var codefresh = inVariable("ID_TOKEN", {
  id: "codefresh",
  title: "Codefresh",
  runs: isSet("CF_BUILD_ID"),
  fix: (audience) => `Add the step: { type: obtain-oidc-id-token, arguments: { AUDIENCE: '${audience}' } }`
});
var givenToken = inVariable("JOBPASS_ID_TOKEN", {
  id: "given",
  title: "JOBPASS_ID_TOKEN",
  fix: (audience) => `Give the variable a token with the audience ${audience}`
});

// packages/client/src/platforms/index.ts
var platforms = [
  givenFile,
  givenToken,
  forgejoActions,
  githubActions,
  gitlab,
  circleci,
  buildkite,
  azureDevops,
  bitbucketPipelines,
  semaphore,
  codefresh,
  teamcity,
  hcpTerraform,
  spacelift,
  pulumiDeployments,
  modalFunctions,
  vercel,
  renderServices,
  cursorAgents,
  flyIo,
  aws,
  spiffe,
  microsoftEntra,
  googleCloud,
  kubernetes
];

// packages/client/src/read-token.ts
function readToken(token2) {
  const [, payload] = /^[\w-]+\.([\w-]+)\.[\w-]+$/.exec(token2) ?? [];
  if (payload === void 0) return void 0;
  try {
    const binary = atob(payload.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
    const { aud, exp } = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof exp !== "number") return void 0;
    const audiences = (Array.isArray(aud) ? aud : [aud]).filter((each) => typeof each === "string");
    return { audiences, expiresAt: exp };
  } catch {
    return void 0;
  }
}

// packages/client/src/token-source.ts
var renewAt = 60;
var leastLeft = 5;
var timeout = 30;
var delays = [0.5, 1, 2, 4];
var TokenSource = class {
  #audience;
  #job;
  #current;
  #pending;
  constructor(audience, job2) {
    this.#audience = audience;
    this.#job = job2;
  }
  /**
   * The current token, or a new one when it has under 60 s left. Concurrent calls share one
   * request.
   *
   * @throws {NotInCiError} and {TokenUnavailableError}, as rejections.
   */
  async get({ signal } = {}) {
    const current = this.#current;
    if (current !== void 0 && this.#left(current) > renewAt) return current;
    try {
      return await this.renew({ ...signal && { signal } });
    } catch (error) {
      if (current !== void 0 && !signal?.aborted && this.#left(current) > leastLeft) return current;
      throw error;
    }
  }
  /** Requests a new token, though the current one may be good: the API refused it. */
  renew({ signal } = {}) {
    const pending = this.#pending ??= this.#request().finally(() => this.#pending = void 0);
    return signal === void 0 ? pending : abortable(pending, signal);
  }
  async #request() {
    const { env } = this.#job;
    const platform = findPlatform(env, this.#audience);
    const text = (await within(this.#job.clock, timeout, (signal) => this.#attempts(platform, signal))).trim();
    const claims = readToken(text);
    const fail2 = (reason) => {
      throw new TokenUnavailableError(platform, reason, platform.fix(this.#audience));
    };
    if (claims === void 0) return fail2("what it gave is not a token");
    if (!claims.audiences.includes(this.#audience))
      return fail2(`its token is for ${claims.audiences.join(", ") || "no audience"}, and not for ${this.#audience}`);
    const token2 = secretly({ token: text, expiresAt: claims.expiresAt, provider: platform.id });
    if (this.#left(token2) <= leastLeft)
      return fail2(platform.oneToken ? "its token has expired, and is not renewed" : "its new token has expired");
    if (platform.mask !== void 0 && text !== this.#current?.token) this.#job.print(platform.mask(text));
    return this.#current = token2;
  }
  /** Requests a token, and again while the platform does not answer. */
  async #attempts(platform, signal) {
    const request = { audience: this.#audience, job: this.#job, signal };
    for (let attempt = 0; ; attempt++) {
      try {
        return await platform.request(request);
      } catch (error) {
        const delay = delays[attempt];
        const again = error instanceof EndpointError && error.temporary;
        if (!again || delay === void 0 || signal.aborted)
          throw new TokenUnavailableError(platform, reasonOf(error), platform.fix(this.#audience), error);
        await this.#job.clock.sleep(1e3 * (error.retryAfter ?? delay * (0.5 + Math.random())), signal);
      }
    }
  }
  #left({ expiresAt }) {
    return expiresAt - this.#job.clock.now() / 1e3;
  }
};
function secretly(value) {
  return Object.freeze(Object.defineProperty(value, "token", { enumerable: false }));
}
function findPlatform(env, audience) {
  const offering = platforms.find((platform) => platform.offers(env, audience));
  if (offering !== void 0) return offering;
  const here = platforms.find((platform) => platform.runs?.(env));
  if (here === void 0) throw new NotInCiError();
  throw new TokenUnavailableError(here, `this job has no token for ${audience}`, here.fix(audience));
}
function reasonOf(error) {
  if (error instanceof DOMException && error.name === "TimeoutError") return `no token came within ${timeout} s`;
  return error instanceof Error ? error.message : "no token came";
}

// packages/client/src/default-client.ts
function sourcesOf(job2) {
  const sources2 = /* @__PURE__ */ new Map();
  return (audience) => {
    if (typeof audience !== "string" || audience === "")
      throw new TypeError("The audience must be the name of the API, such as 'https://api.acme.dev'");
    const source = sources2.get(audience) ?? new TokenSource(audience, job2);
    sources2.set(audience, source);
    return source;
  };
}
var defaultSources = [thisJob, sourcesOf(thisJob)];

// packages/client/src/credential.ts
function bearer(token2) {
  return {
    token: token2,
    headers: async () => ({ authorization: `Bearer ${token2}` })
  };
}

// packages/client/src/exchange.ts
init_errors();

// packages/client/src/options.ts
function readOptions(what, given, names3) {
  if (typeof given !== "object" || given === null) throw new TypeError(`${what}: its options must be an object`);
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(names3, name));
  if (unknown !== void 0)
    throw new TypeError(`${what}: its options have no '${unknown}'. Known: ${Object.keys(names3).join(", ")}`);
  return given;
}

// packages/client/src/origin.ts
function originOf(audience, given, insecureLoopback) {
  const text = given ?? audience;
  const url2 = URL.canParse(text) ? new URL(text) : void 0;
  if (url2 === void 0)
    throw new TypeError("jobFetch(): the audience is no URL: add the API's origin: 'https://api.acme.dev'");
  if (given !== void 0 && url2.href !== `${url2.origin}/`)
    throw new TypeError(`jobFetch(): write origin: '${url2.origin}', without a path`);
  if (url2.protocol === "https:") return url2;
  if (url2.protocol === "http:" && insecureLoopback && isLoopback(url2.hostname)) return url2;
  throw new TypeError("jobFetch(): the origin must be https:, or loopback with insecureLoopback: true");
}
function isLoopback(hostname) {
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

// packages/client/src/exchange.ts
var names = { url: true, scope: true, audience: true, dpop: true };
var grant = "urn:ietf:params:oauth:grant-type:token-exchange";
var jwt = "urn:ietf:params:oauth:token-type:jwt";
var renewAt2 = 60;
var timeout2 = 30;
var most = 4;
var ExchangeSource = class {
  /** The audience of its CI tokens. */
  ciAudience;
  #url;
  #target;
  #options;
  #job;
  #tokens;
  #current;
  /** By the job's clock: milliseconds since 1970. */
  #expires = 0;
  #pending;
  #key;
  constructor(target, options, job2, insecureLoopback) {
    const { url: url2, audience = url2.replace(/\/[^/]*$/, "") } = readOptions("jobFetch(): exchange", options, names);
    this.#url = originOf(url2, void 0, insecureLoopback);
    this.#target = target;
    this.#options = options;
    this.#job = job2;
    this.#tokens = new TokenSource(audience, job2);
    this.ciAudience = audience;
  }
  /** When the current token expires, by the job's clock: seconds since 1970. */
  get expiresAt() {
    return Math.floor(this.#expires / 1e3);
  }
  /** The current service token, or a new one when it has under 60 s left. */
  async get(wait = {}) {
    const current = this.#current;
    return current !== void 0 && this.#expires - this.#job.clock.now() > renewAt2 * 1e3 ? current : this.renew(wait);
  }
  /** Exchanges again. Concurrent calls share one exchange. */
  renew({ signal } = {}) {
    const pending = this.#pending ??= this.#exchange().finally(() => this.#pending = void 0);
    return signal === void 0 ? pending : abortable(pending, signal);
  }
  async #exchange() {
    if (this.#options.dpop) await this.#makeKey();
    const { token: token2 } = this.#current === void 0 ? await this.#tokens.get() : await this.#tokens.renew();
    const { scope } = this.#options;
    const form = new URLSearchParams({
      grant_type: grant,
      subject_token_type: jwt,
      subject_token: token2,
      audience: this.#target,
      ...scope === void 0 ? {} : { scope }
    });
    return this.#current = await this.#attempts(form);
  }
  /** Sends the request, and again while there is no answer, or one that asks for it. */
  async #attempts(form) {
    const { clock } = this.#job;
    const repeat = `"${crypto.randomUUID()}"`;
    for (let attempt = 1; ; attempt++) {
      const started = clock.now();
      const outcome = await within(clock, timeout2, (signal) => this.#send(form, repeat, signal)).catch(
        (error) => {
          if (attempt === most) throw error;
        }
      );
      const given = outcome?.answer.ok ? await this.#credential(outcome.body, started) : void 0;
      if (given !== void 0) return given;
      const isDown = outcome === void 0 || outcome.answer.status === 503;
      if (outcome !== void 0 && (attempt === most || !(isDown || await this.#canAnswer(outcome))))
        throw refusal(outcome);
      const pause = outcome && retryAfterOf(outcome.answer.headers);
      if (isDown) await clock.sleep(1e3 * (pause ?? 2 ** attempt));
    }
  }
  async #send(body, repeat, signal) {
    const proof = await this.#key?.prove("POST", this.#url);
    const headers = { "idempotency-key": repeat, ...proof };
    const answer = await this.#job.fetch(this.#url, { method: "POST", body, headers, redirect: "manual", signal });
    const text = await answer.text();
    return { answer, body: parse(text) };
  }
  async #credential(body, started) {
    const { access_token: token2, expires_in: lifetime, token_type: type } = body;
    if (typeof token2 !== "string" || typeof lifetime !== "number") return void 0;
    this.#expires = started + lifetime * 1e3;
    return this.#key === void 0 ? bearer(token2) : (await Promise.resolve().then(() => (init_dpop(), dpop_exports))).bound(token2, type, this.#key);
  }
  /**
   * Whether the exchange asks for a proof, or for a nonce in it, and gets that at the next attempt.
   */
  async #canAnswer({ answer, body }) {
    if (this.#key !== void 0) return this.#key.learn(answer, this.#url);
    if (this.#options.dpop === false) return false;
    if (body["error"] !== "invalid_dpop_proof" && body["error"] !== "use_dpop_nonce") return false;
    const key = await this.#makeKey();
    key.learn(answer, this.#url);
    return true;
  }
  async #makeKey() {
    return this.#key ??= await (await Promise.resolve().then(() => (init_dpop(), dpop_exports))).createProofKey(this.#job.clock);
  }
};
function parse(text) {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}
function refusal({ answer, body }) {
  const { error, error_description: detail, code, checks } = body;
  const text = (value) => typeof value === "string" ? value : void 0;
  return new RefusedError(answer.status, {
    code: text(code) ?? text(error),
    detail: text(detail) ?? "The exchange refused the token of this job.",
    checks: Array.isArray(checks) ? checks : []
  });
}

// packages/client/src/service-token.ts
var names2 = { audience: true, exchange: true, insecureLoopback: true };
var ours = { sources: /* @__PURE__ */ new Map(), masked: /* @__PURE__ */ new Set() };
function getServiceToken(options) {
  return serviceTokenOf(options, thisJob, ours);
}
async function serviceTokenOf(options, job2, known) {
  const source = exchangeOf(options, job2, known);
  const { token: token2 } = await source.get();
  const { mask } = findPlatform(job2.env, source.ciAudience);
  if (mask !== void 0 && !known.masked.has(token2)) job2.print(mask(token2));
  known.masked.add(token2);
  return secretly({ token: token2, expiresAt: source.expiresAt });
}
function exchangeOf(given, job2, { sources: sources2 }) {
  const { audience, exchange, insecureLoopback = false } = readOptions("getServiceToken()", given, names2);
  if (typeof audience !== "string" || audience === "")
    throw new TypeError("getServiceToken(): the audience must be the name of the API, such as 'https://api.acme.dev'");
  if (exchange?.dpop)
    throw new TypeError("getServiceToken(): leave dpop out, since nobody else has the key of a bound token");
  const key = JSON.stringify([audience, exchange, insecureLoopback]);
  const known = sources2.get(key);
  if (known !== void 0) return known;
  const made = new ExchangeSource(audience, { ...exchange, dpop: false }, job2, insecureLoopback);
  sources2.set(key, made);
  return made;
}

// packages/client/src/index.ts
async function tokenOf(options, sourceOf) {
  const { audience, ...wait } = readOptions("getToken()", options, { audience: true, signal: true });
  return sourceOf(audience).get(wait);
}
var [job, sources] = defaultSources;
function getToken(options) {
  return tokenOf(options, sources);
}

// action/src/credential-file.ts
import { mkdtemp, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
var variables = {
  "curl-config": void 0,
  npmrc: "NPM_CONFIG_USERCONFIG",
  netrc: "NETRC",
  docker: "DOCKER_CONFIG"
};
var writers = {
  "curl-config": (token2) => ({
    name: "curl.conf",
    // Never without TLS, whatever URL the step has.
    text: `header = "Authorization: Bearer ${token2}"
proto = "=https"
`,
    secrets: []
  }),
  npmrc: (token2, { host }) => ({ name: "npmrc", text: `//${host}/:_authToken=${token2}
`, secrets: [] }),
  netrc: (token2, { host, username }) => ({
    name: "netrc",
    // A machine has no port in this format.
    text: `machine ${host.replace(/:\d+$/, "")}
login ${username}
password ${token2}
`,
    secrets: []
  }),
  docker: (token2, { host, username }) => {
    const auth = Buffer.from(`${username}:${token2}`).toString("base64");
    return { name: "config.json", text: `${JSON.stringify({ auths: { [host]: { auth } } })}
`, secrets: [auth] };
  }
};
function credentialFile(destination, token2) {
  if (!/^[\w.~+/-]+=*$/.test(token2)) throw new Error("The token has characters that no bearer token may have.");
  return writers[destination.mode](token2, destination);
}
function makeFolder(temporary) {
  return mkdtemp(join(temporary, "jobpass-"));
}
async function writeCredentialFile(folder, { name, text }) {
  const path = join(folder, name);
  await writeFile(path, text, { mode: 384, flag: "wx" });
  return path;
}
function variableOf(mode, path) {
  const name = variables[mode];
  return name === void 0 ? void 0 : [name, mode === "docker" ? dirname(path) : path];
}

// action/src/fork.ts
import { readFile } from "node:fs/promises";
var events = /* @__PURE__ */ new Set(["pull_request", "pull_request_review", "pull_request_review_comment"]);
function canRequestToken(env) {
  return Boolean(env["ACTIONS_ID_TOKEN_REQUEST_URL"] && env["ACTIONS_ID_TOKEN_REQUEST_TOKEN"]);
}
async function isForkPullRequest(env) {
  if (!events.has(env["GITHUB_EVENT_NAME"] ?? "")) return false;
  const { pull_request: pullRequest, repository } = await readEvent(env["GITHUB_EVENT_PATH"] ?? "");
  if (pullRequest?.head === void 0 || repository?.full_name === void 0) return false;
  return pullRequest.head.repo?.full_name !== repository.full_name;
}
async function readEvent(path) {
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch {
    return {};
  }
}

// action/src/inputs.ts
var modes = ["curl-config", "npmrc", "netrc", "docker"];
var InputError = class extends Error {
  name = "InputError";
  constructor(input, advice) {
    super(`Input ${input}: ${advice}`);
  }
};
function readInputs(env) {
  const read = (name) => readInput(env, name);
  const audience = read("audience");
  if (audience === "") throw new InputError("audience", "write the name of the API, such as 'https://api.acme.dev'.");
  const exchange = exchangeOf2(read("exchange-url"), read("scope"));
  const destination = destinationOf(read("write"), { host: read("host"), username: read("username"), audience });
  return { audience, ...exchange && { exchange }, ...destination && { destination } };
}
function readInput(env, name) {
  const value = (env[`INPUT_${name.toUpperCase()}`] ?? "").trim();
  if (new RegExp("\\p{Cc}", "u").test(value)) throw new InputError(name, "write one line, without control characters.");
  return value;
}
function exchangeOf2(url2, scope) {
  if (url2 === "") {
    if (scope !== "") throw new InputError("scope", "it is for an exchange: add exchange-url, or remove scope.");
    return void 0;
  }
  const parsed = URL.canParse(url2) ? new URL(url2) : void 0;
  const isPlain = parsed?.username === "" && parsed.password === "" && parsed.hash === "" && parsed.search === "";
  if (parsed?.protocol !== "https:" || !isPlain || parsed.pathname === "/")
    throw new InputError("exchange-url", "write an https URL, such as 'https://auth.acme.dev/token'.");
  if (!/^(?:[!#-[\]-~]+(?: [!#-[\]-~]+)*)?$/.test(scope))
    throw new InputError("scope", "write scopes separated by one space, such as 'read publish'.");
  return { url: url2, ...scope !== "" && { scope } };
}
function destinationOf(write2, { host, username, audience }) {
  const mode = modes.find((each) => each === write2);
  if (write2 !== "" && mode === void 0)
    throw new InputError("write", `write one of ${modes.join(", ")}, or leave it out for no file.`);
  if (host !== "" && (mode === void 0 || mode === "curl-config"))
    throw new InputError("host", "it is for npmrc, netrc and docker: set write to one of them, or remove host.");
  if (username !== "" && mode !== "netrc" && mode !== "docker")
    throw new InputError("username", "it is for netrc and docker: set write to one of them, or remove username.");
  if (!/^[\w.+@$-]*$/.test(username))
    throw new InputError("username", "write letters, digits and . _ + @ $ - only, such as 'token'.");
  if (mode === void 0) return void 0;
  return { mode, host: mode === "curl-config" ? "" : hostOf(host, audience), username: username || "token" };
}
function hostOf(given, audience) {
  const isUrl = given === "" && URL.canParse(audience) && new URL(audience).protocol === "https:";
  const host = isUrl ? new URL(audience).host : given;
  const name = "[a-z0-9](?:[a-z0-9-]*[a-z0-9])?";
  if (!new RegExp(`^${name}(?:\\.${name})*(?::[1-9][0-9]{0,4})?$`, "i").test(host))
    throw new InputError("host", "write the name of a host without scheme and path, such as 'npm.acme.dev'.");
  return host.toLowerCase();
}

// action/src/revoke.ts
function revocationUrlOf(exchangeUrl) {
  return new URL("revoke", exchangeUrl).href;
}

// action/src/runner.ts
import { randomUUID } from "node:crypto";
import { appendFile } from "node:fs/promises";
import { EOL } from "node:os";
var escape = (text) => text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
function print(line) {
  process.stdout.write(`${line}${EOL}`);
}
function command(name, text) {
  print(`::${name}::${escape(text)}`);
}
function fail(error) {
  command("error", error instanceof Error ? error.message : "The action failed.");
  process.exitCode = 1;
}
function setOutput(env, name, value) {
  return append(env, "GITHUB_OUTPUT", name, value);
}
function setVariable(env, name, value) {
  return append(env, "GITHUB_ENV", name, value);
}
function saveState(env, name, value) {
  return append(env, "GITHUB_STATE", name, value);
}
async function append(env, file, name, value) {
  const path = env[file];
  if (path === void 0 || path === "") throw new Error(`The runner did not set ${file}.`);
  const delimiter = `ghadelimiter_${randomUUID()}`;
  await appendFile(path, [`${name}<<${delimiter}`, value, delimiter, ""].join(EOL));
}

// action/src/main.ts
async function main(env) {
  const inputs = readInputs(env);
  if (!canRequestToken(env) && await isForkPullRequest(env)) {
    command("notice", "A pull request of a fork gets no OIDC token from GitHub, so this step was skipped.");
    return setOutput(env, "skipped", "true");
  }
  const { token: token2, expiresAt } = await tokenFor(env, inputs);
  if (inputs.destination !== void 0) await write(env, inputs.destination, token2);
  await setOutput(env, "token", token2);
  await setOutput(env, "expires-at", String(expiresAt));
  await setOutput(env, "skipped", "false");
  print(`The token expires at ${new Date(expiresAt * 1e3).toISOString()}.`);
}
async function tokenFor(env, { audience, exchange }) {
  if (exchange === void 0) return getToken({ audience });
  const given = await getServiceToken({ audience, exchange });
  await saveState(env, "revocation-url", revocationUrlOf(exchange.url));
  await saveState(env, "token", given.token);
  return given;
}
async function write(env, destination, token2) {
  const file = credentialFile(destination, token2);
  for (const secret of file.secrets) command("add-mask", secret);
  const temporary = env["RUNNER_TEMP"];
  if (temporary === void 0 || temporary === "") throw new Error("The runner did not set RUNNER_TEMP.");
  const folder = await makeFolder(temporary);
  await saveState(env, "folder", folder);
  const path = await writeCredentialFile(folder, file);
  const variable = variableOf(destination.mode, path);
  if (variable !== void 0) await setVariable(env, ...variable);
  await setOutput(env, "file", path);
}
try {
  await main(process.env);
} catch (error) {
  fail(error);
}
