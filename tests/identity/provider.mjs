// The identity provider of the tests: oauth2-mock-server, told over HTTP what to issue.
// It prints its own address and that of its controls as one line of JSON, and ends with its stdin.
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const installed = createRequire(process.argv[2] + "/").resolve("oauth2-mock-server");
const { OAuth2Server } = await import(pathToFileURL(installed));

const server = new OAuth2Server();
await server.issuer.keys.generate("RS256");
await server.start(0, "127.0.0.1");

let claims = {};
let header = {};
const asked = [];
server.service.on("beforeTokenSigning", (token) => {
  Object.assign(token.payload, claims);
  Object.assign(token.header, header);
});
server.service.on("beforeResponse", (response, request) => {
  asked.push({ authorization: request.headers.authorization ?? null, fields: Object.keys(request.body ?? {}) });
});

const body = async (request) => {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text ? JSON.parse(text) : {};
};

const controls = createServer(async (request, response) => {
  const given = await body(request);
  let answer = {};
  switch (request.url) {
    case "/claims":
      claims = given.claims ?? {};
      header = given.header ?? {};
      break;
    case "/token":
      answer = {
        token: await server.issuer.buildToken({
          kid: given.kid ?? undefined,
          expiresIn: given.expires_in ?? 300,
          scopesOrTransform: (h, p) => {
            Object.assign(h, given.header ?? {});
            Object.assign(p, given.claims ?? {});
          },
        }),
      };
      break;
    case "/rotate": {
      const key = await server.issuer.keys.generate("RS256");
      answer = { kid: key.kid };
      break;
    }
    case "/asked":
      answer = { asked: asked.splice(0) };
      break;
  }
  response.setHeader("Content-Type", "application/json");
  response.end(JSON.stringify(answer));
});
controls.listen(0, "127.0.0.1", () => {
  const port = controls.address().port;
  console.log(JSON.stringify({ issuer: server.issuer.url, controls: `http://127.0.0.1:${port}` }));
});
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
