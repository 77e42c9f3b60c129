/** Unit tests lie beside their sources, system tests under test/. Services under test are started from dist/. */
export default {
  testEnvironment: 'node',
  testEnvironmentOptions: { globalsCleanup: 'off' },
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'es6' } },
    ],
  },
  moduleNameMapper: {
    '^#(lib|gen)/(.*)\\.js$': '<rootDir>/$1/$2.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  testMatch: ['<rootDir>/{lib,services,cli,infra,demo,test,scripts}/**/*.test.ts'],
  modulePathIgnorePatterns: ['<rootDir>/dist'],
  maxWorkers: 2,
  // Long enough for a machine that is busy with other things; a test that hangs costs this once.
  testTimeout: 60_000,
};
