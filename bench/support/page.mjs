// @ts-check
/** @typedef {import('./statistics.mjs').Ratio} Ratio */

/** A claim, what it must be, and how to read it from the results. */
const claims = [
  sized(
    'upgrade',
    'upgrade beside the sqlite3 shell with the same statements',
    1.05,
    (r) => r.contenders.own.besideShell,
  ),
  sized('upgrade', 'the same, in CPU', null, (r) => r.contenders.own.cpuBesideShell),
  ...['dbmate', 'kysely', 'drizzle', 'knex', 'umzug'].map((peer) =>
    sized('upgrade', `upgrade beside ${peer}`, 1.05, (r) => r.besidePeer[peer]),
  ),
  sized(
    'verified',
    'migrations and every proof but integrity_check, rows compared, beside the unverified shell',
    1.6,
    (r) => r.comparison.besideShell,
  ),
  sized('verified', 'the same with --quick', 1.2, (r) => r.journal.besideShell),
  sized(
    'verified',
    'the same with integrity_check, rows compared',
    null,
    (r) => r.comparison.withIntegrityBesideShell,
  ),
  sized('rows', 'proof of all rows beside one `.sha3sum`', 0.4, (r) => r.besideSha3sum),
  single(
    'fuzz',
    'generated rows with real error codes beside their replay, rows a second',
    0.5,
    (r) => r.besideReplay,
    'at least',
  ),
  single(
    'snapshots',
    'private snapshot copies beside file copies that are opened, a second',
    5,
    (r) => r.besideFile,
    'at least',
  ),
  single('start', '`inspect` from start to end beside bare Node', 1.4, (r) => r.besideNode),
]

function sized(measure, title, target, read, direction = 'at most') {
  return {
    measure,
    title,
    target,
    direction,
    read: (results) =>
      Object.entries(results)
        .map(([records, result]) => ({ size: Number(records), ratio: read(result) }))
        .filter(({ ratio }) => ratio !== undefined),
  }
}

function single(measure, title, target, read, direction = 'at most') {
  return { measure, title, target, direction, read: (result) => [{ size: null, ratio: read(result) }] }
}

/**
 * The page of the docs, from the results alone.
 *
 * @param {Record<string, any>} results
 */
export function renderPage(results) {
  const rows = claims.flatMap((claim) => {
    const result = results[claim.measure]
    return result === undefined
      ? []
      : claim.read(result).map(({ size, ratio }) => renderRow(claim, size, ratio))
  })
  return `# Performance

\`npm run bench\` measures this and writes this page and [performance.json](performance.json) with \`--write\`. All that
stands beside each other in a row was run in turns; each figure is the median of the ratios of the pairs, with the
least and the most. Ratios hold from machine to machine, times do not.

| measure | records | target | measured | least to most | pairs |
| --- | ---: | ---: | ---: | ---: | ---: |
${rows.join('\n')}

${[renderGrowth(results.upgrade), renderVerified(results.verified), renderTests(results.tests), renderMachine(results)].filter((part) => part !== '').join('\n\n')}
`
}

function renderRow({ title, target, direction }, size, ratio) {
  const isMet = target === null || (direction === 'at most' ? ratio.median <= target : ratio.median >= target)
  const goal = target === null ? '–' : `${direction} ${target}`
  const measured = `${ratio.median.toFixed(2)}${isMet ? '' : ' (missed)'}`
  const records = size === null ? '–' : size.toLocaleString('en')
  return `| ${title} | ${records} | ${goal} | ${measured} | ${ratio.least.toFixed(2)} to ${ratio.most.toFixed(2)} | ${ratio.pairs} |`
}

function renderGrowth(upgrade = {}) {
  const [small, large] = [upgrade[1_000_000], upgrade[4_000_000]]
  if (small === undefined || large === undefined) return ''
  const growth = large.contenders.own.cpuSeconds / small.contenders.own.cpuSeconds
  return `From 1 to 4 million records the CPU of the upgrade grows ${growth.toFixed(2)} times (target: at most 4.4).`
}

function renderVerified(verified = {}) {
  return Object.entries(verified)
    .map(([records, { comparison, journal, shellSeconds }]) => {
      const list = (r) =>
        `migrations ${r.migrationSeconds.toFixed(1)} s, proof of rows ${r.rowsSeconds.toFixed(2)} s, integrity_check ${r.integritySeconds.toFixed(1)} s, backup with its own check ${r.backupSeconds.toFixed(1)} s, at most ${r.largestMemoryMegabytes} MB of memory`
      return `At ${Number(records).toLocaleString('en')} records \`upgrade\` took: ${list(comparison)}; with \`--quick\`: ${list(journal)}. The shell, which proves nothing, took ${shellSeconds.toFixed(1)} s.`
    })
    .join('\n\n')
}

function renderTests(tests) {
  if (tests === undefined) return ''
  const shares = Object.entries(tests.shares)
    .sort(([, left], [, right]) => right - left)
    .map(([tier, share]) => `${tier} ${Math.round(share * 100)} %`)
  return `All tests without containers took ${tests.wallSeconds.toFixed(0)} s (target: at most 45): ${shares.join(', ')}.`
}

function renderMachine(results) {
  const all = Object.values(results).flatMap((result) => (result.machine ? [result] : Object.values(result)))
  const { machine } = all[0] ?? {}
  if (machine === undefined) return ''
  const loads = all.map((result) => result.machine.loadBefore)
  return `Measured on ${machine.processors} processors (${machine.processor}), ${machine.system}, Node ${machine.node}, better-sqlite3 with SQLite ${machine.sqlite}, sqlite3 shell ${machine.shell}; the load before each measure was ${Math.min(...loads).toFixed(1)} to ${Math.max(...loads).toFixed(1)}.`
}
