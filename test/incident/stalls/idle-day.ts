import type { Random } from "../../../emulator/random.ts";
import type { Minute } from "./series.ts";

const minutes = Array.from({ length: 24 * 60 }, (_, index) => index);
type Guest = (random: Random) => Minute[];

/** A share between 0 and `most`. */
const upTo = (random: Random, most: number): number => (random.below(1000) / 1000) * most;
const chance = (random: Random, percent: number): boolean => random.below(100) < percent;

/** Guests of an estate in which nothing is wrong, minute by minute over a day from midnight. */
export const guests: Readonly<Record<string, Guest>> = {
  "an idle guest that writes a log line in most minutes": (random) =>
    minutes.map(() => ({
      writes: { scsi0: chance(random, 85) ? 1 + random.below(40) : 0 },
      cpu: 0.01 + upTo(random, 0.04),
      netout: 200 + random.below(4_000),
    })),

  "a guest whose cron writes every five minutes": (random) =>
    minutes.map((minute) => ({
      writes: { scsi0: minute % 5 === 0 ? 400 + random.below(400) : 0 },
      cpu: minute % 5 === 0 ? 0.3 : 0.02 + upTo(random, 0.05),
      netout: minute % 5 === 0 ? 500_000 : 1_000,
    })),

  "a builder: jobs of 5 to 40 minutes, then nothing for as long": (random) => {
    const day: Minute[] = [];
    while (day.length < minutes.length) {
      const length = 5 + random.below(36);
      for (let minute = 0; minute < length; minute++) {
        day.push({
          writes: { scsi0: 200 + random.below(5000) },
          cpu: 0.4 + upTo(random, 0.5),
          netout: 50_000 + random.below(900_000),
        });
      }
      for (let minute = 0; minute < length; minute++) {
        day.push({ writes: { scsi0: 0 }, cpu: 0.01 + upTo(random, 0.02), netout: random.below(2_000) });
      }
    }
    return day.slice(0, minutes.length);
  },

  "a guest that works over NFS and writes nothing of its own for hours": (random) =>
    minutes.map((minute) => ({
      writes: { scsi0: minute % 180 === 0 ? 50 : 0 },
      cpu: 0.05 + upTo(random, 0.6),
      netout: random.below(3_000_000),
    })),

  "a server that is backed up at two, with its lock, and writes on": (random) =>
    minutes.map((minute) => {
      const backup = minute >= 120 && minute < 190;
      return {
        writes: { scsi0: 100 + random.below(900) },
        reads: { scsi0: backup ? 50_000 : 20 },
        cpu: 0.1 + upTo(random, backup ? 0.3 : 0.1),
        netout: 100_000 + random.below(400_000),
        ioPressure: backup ? 10 + upTo(random, 60) : upTo(random, 2),
        ...(backup && { lock: "backup" }),
      };
    }),

  "a server with a data disk that is written in working hours only": (random) =>
    minutes.map((minute) => {
      const working = minute >= 8 * 60 && minute < 18 * 60;
      return {
        writes: { scsi0: 5 + random.below(60), scsi1: working ? 300 + random.below(3000) : 0 },
        cpu: working ? 0.2 + upTo(random, 0.4) : 0.05 + upTo(random, 0.25),
        netout: working ? 200_000 + random.below(900_000) : random.below(5_000),
      };
    }),

  "a server that is rebooted at four, paused at noon and migrated at six": (random) =>
    minutes.map((minute) => {
      const usual = {
        writes: { scsi0: 300 + random.below(500) },
        cpu: 0.1 + upTo(random, 0.1),
        netout: 300_000,
      };
      if (minute === 240) return { ...usual, restart: true, cpu: 0.6 };
      if (minute > 240 && minute < 248) return { writes: { scsi0: 0 }, cpu: 0.5, netout: 100 };
      if (minute >= 720 && minute < 745)
        return { writes: { scsi0: 0 }, cpu: 0.3, netout: 0, qmpstatus: "paused" };
      if (minute >= 1080 && minute < 1092)
        return { writes: { scsi0: 0 }, cpu: 0.4, netout: 0, lock: "migrate" };
      if (minute === 1092) return { ...usual, restart: true };
      return usual;
    }),

  "a desktop that goes quiet when its user leaves": (random) =>
    minutes.map((minute) => {
      const used = minute % 240 < 150;
      return {
        writes: { scsi0: used ? 20 + random.below(800) : chance(random, 30) ? random.below(10) : 0 },
        cpu: used ? 0.1 + upTo(random, 0.3) : 0.01 + upTo(random, 0.03),
        netout: used ? 20_000 + random.below(300_000) : random.below(1_000),
      };
    }),

  "a poller whose looks are missed now and then": (random) =>
    minutes.map(() => ({
      writes: { scsi0: 50 + random.below(100) },
      cpu: 0.05 + upTo(random, 0.1),
      netout: 50_000,
      ...(chance(random, 10) && { missed: true }),
      ...(chance(random, 2) && { silent: true }),
    })),
};
