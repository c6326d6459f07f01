// Loaded before a worker (`node --import`): its clock is off by CLOCK_OFF_MS.
const off = Number(process.env.CLOCK_OFF_MS ?? 0);
const now = Date.now.bind(Date);

globalThis.Date = new Proxy(Date, {
  construct: (target, given, made) => Reflect.construct(target, given.length === 0 ? [now() + off] : given, made),
  get: (target, name, receiver) => (name === 'now' ? () => now() + off : Reflect.get(target, name, receiver)),
});
