// Stands in where development packages are absent. See next.config.ts.
export {};
