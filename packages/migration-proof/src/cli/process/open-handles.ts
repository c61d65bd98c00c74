/** What Node calls the things that keep a process alive, in the words of a reader. */
const words: Readonly<Record<string, string>> = {
  Timeout: 'a timer',
  Immediate: 'an immediate',
  TCPServerWrap: 'a server',
  TCPSocketWrap: 'a connection',
  TCPWrap: 'a connection',
  PipeWrap: 'a pipe',
  PipeServerWrap: 'a server on a pipe',
  TTYWrap: 'the terminal',
  UDPWrap: 'a UDP socket',
  ProcessWrap: 'a child process',
  FSEventWrap: 'a watched file',
  StatWatcher: 'a watched file',
  SignalWrap: 'a listener of a signal',
  MessagePort: 'a message port',
}

/** The open handles of this process, by their kinds, before the code of a project was loaded. */
export function listOpenHandles(): readonly string[] {
  return process.getActiveResourcesInfo()
}

/** What was opened since then and is still open, such as `a timer, 2 connections`. */
export function describeOpenHandles(before: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const kind of listOpenHandles()) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  for (const kind of before) counts.set(kind, (counts.get(kind) ?? 0) - 1)
  const open = [...counts].filter(([, count]) => count > 0)
  // Node names no threads.
  if (open.length === 0) return 'something that Node does not name, such as a thread'
  return open.map(([kind, count]) => describe(words[kind] ?? kind, count)).join(', ')
}

function describe(word: string, count: number): string {
  return count === 1 ? word : `${word.replace(/^(an?|the) /, '')} (${count} of them)`
}
