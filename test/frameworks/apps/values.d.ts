export declare const VALUES: readonly unknown[];
