/** The rooms of the house (ARCHITECTURE.md) and what each may import; a line here is a line of that table. */
const rooms = {
  core: [],
  language: ['core'],
  run: ['core'],
  platform: ['core'],
  tasks: ['core'],
  graph: ['core', 'language'],
  costs: ['core', 'run'],
  telemetry: ['core', 'run', 'platform'],
  engine: ['core', 'graph', 'run', 'platform', 'telemetry'],
  targets: ['core', 'graph'],
  planner: ['core', 'language', 'graph'],
  claude: ['core', 'planner'],
  explain: ['core', 'run'],
  interchange: ['core'],
  views: ['core', 'graph', 'run'],
  webview: ['core', 'run', 'views'],
  cli: [
    'core',
    'language',
    'graph',
    'run',
    'platform',
    'tasks',
    'engine',
    'costs',
    'targets',
    'planner',
    'claude',
    'explain',
    'interchange',
    'views',
  ],
  extension: ['core', 'run', 'platform', 'views'],
};

const forbidden = Object.entries(rooms).map(([room, may]) => ({
  name: `${room}-imports`,
  severity: 'error',
  comment: `src/${room} may import ${may.length === 0 ? 'nothing of ours' : may.join(', ')}`,
  from: { path: `^src/${room}/` },
  to: { path: '^src/', pathNot: `^src/(${[room, ...may].join('|')})/` },
}));

module.exports = {
  forbidden: [
    ...forbidden,
    {
      name: 'no-circles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'vscode-only-in-extension',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/extension/' },
      to: { path: '^vscode$' },
    },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true, pathNot: '^vscode$' } },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.json'],
    },
  },
};
