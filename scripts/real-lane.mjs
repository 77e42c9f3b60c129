/** Where tests with a lane on a real VPP are, as patterns of their paths: system tests, and those of configd's kinds beside their sources. */
export const realLaneTests = [
  'test/conformance/',
  'test/0\\d-',
  'services/configd/(bonds|document/.*-traffic|resources)',
];
