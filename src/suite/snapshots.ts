import type { SnapshotDeclaration } from 'migration-proof'

const builtFromText = 'Built from the golden schema and rows of the fixtures, which follow the public history'

/** Every form and version of the server's database that people still hold. */
export const snapshots: readonly SnapshotDeclaration[] = [
  {
    name: 'v0-empty',
    version: 0,
    form: 'empty',
    origin: 'A file of zero bytes, or no file: a server that starts for the first time.',
    releases: [],
  },
  {
    name: 'v0-first-release',
    version: 0,
    form: 'first release',
    origin: `Left by the first release, from 2025-10-28 on, before releases had numbers and files a version. ${builtFromText}.`,
    releases: [],
  },
  {
    name: 'v0-unversioned',
    version: 0,
    form: 'unversioned',
    origin: `Left by the builds of 2025-11-04 and 11-05, which had OAuth tables but kept no version. ${builtFromText}.`,
    releases: [],
  },
  {
    name: 'v1',
    version: 1,
    form: 'versioned',
    origin: `Left by the release of 2025-11-05. ${builtFromText}.`,
    releases: ['v0.1.0'],
  },
  {
    name: 'v2',
    version: 2,
    form: 'versioned',
    origin: `Left by the releases of 2025-11-06 and 11-07. ${builtFromText}.`,
    releases: ['v0.2.0', 'v0.3.0', 'v0.4.0'],
  },
  {
    name: 'v3',
    version: 3,
    form: 'versioned',
    origin: `Left by development builds of 2025-11-08 only: no release stopped here. ${builtFromText}.`,
    releases: [],
  },
  {
    name: 'v4',
    version: 4,
    form: 'versioned',
    origin: `Left by the releases of 2025-11-09 to 11-13. ${builtFromText}.`,
    releases: ['v0.5.0 to v0.10.0'],
  },
  {
    name: 'v5',
    version: 5,
    form: 'versioned',
    origin: `Left by development builds of 2025-11-13 to 11-25 only: no release stopped here. ${builtFromText}.`,
    releases: [],
  },
]
