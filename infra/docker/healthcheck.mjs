/** `node healthcheck.mjs PORT`: exit code 0 when the service in this container says it is ready. */
const [, , port] = process.argv;
const answer = await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(2500) }).catch(
  () => undefined,
);
process.exitCode = answer?.ok ? 0 : 1;
