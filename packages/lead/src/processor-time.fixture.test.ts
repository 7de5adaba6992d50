/**
 * The processor time that `work` took, in milliseconds: what it costs by itself, however busy the machine is. For what
 * must not take minutes over nasty input.
 */
export function processorTime(work: () => void): number {
  const before = process.threadCpuUsage();
  work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1_000;
}
