/** Structure rules: services never import each other, lib imports no service, nothing imports the CLI. */
module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-sideways-service',
      severity: 'error',
      from: { path: '^services/([^/]+)/' },
      to: { path: '^services/', pathNot: '^services/$1/' },
    },
    {
      name: 'lib-imports-no-service',
      severity: 'error',
      from: { path: '^lib/', pathNot: '\\.test\\.ts$' },
      to: { path: '^(services|cli|demo|test|bench)/' },
    },
    {
      name: 'kernel-imports-no-lib',
      severity: 'error',
      from: { path: '^lib/kernel/' },
      to: { path: '^lib/', pathNot: '^lib/kernel/' },
    },
    { name: 'cli-imports-no-service', severity: 'error', from: { path: '^cli/' }, to: { path: '^(services|demo)/' } },
    {
      name: 'infra-imports-lib-only',
      severity: 'error',
      from: { path: '^infra/', pathNot: '\\.test\\.ts$' },
      to: { path: '^(services|cli|demo|test|bench)/' },
    },
    { name: 'unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no-dev-dependency-in-product',
      severity: 'error',
      from: { path: '^(lib|services|cli|infra)/', pathNot: '\\.(test|testkit)\\.ts$' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|coverage)/' },
    tsConfig: { fileName: 'tsconfig.json' },
    webpackConfig: { fileName: 'scripts/resolve-sources.cjs' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
