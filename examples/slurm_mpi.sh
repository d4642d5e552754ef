#!/bin/bash
# Many patterns on the nodes of a Slurm cluster, by MPI:
#
#     sbatch --ntasks=65 examples/slurm_mpi.sh input.file_list=patterns.txt output.directory=results [name=value ...]
#
# All arguments go to dials.mlindex_powder. Ask for one task more than processors are to work: the first only hands out
# work. Submit the same line again after the time limit; what is done is not done again.
#SBATCH --job-name=mlindex
#SBATCH --ntasks=9
#SBATCH --mem-per-cpu=1000
#SBATCH --time=01:00:00
# a minute and a half before the end: the best cells so far are written
#SBATCH --signal=B:TERM@90
#SBATCH --open-mode=append
set -euo pipefail

# what your cluster needs to find the command and its MPI, as: module load openmpi; source /path/to/setpaths.sh
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1

# exec, so that Slurm's signal reaches mpirun, which hands it on and waits for the ranks
exec mpirun --mca odls_base_sigkill_timeout 60 dials.mlindex_powder "$@" mp.method=mpi
