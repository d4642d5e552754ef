#!/bin/bash
# Trains the models that the package ships: data sets from the shipped statistics, and from the CIFs of ../shared/data
# where that folder exists; then all 14 lattices. Stopped at any moment, it goes on where it was.
set -euo pipefail
cd "$(dirname "$0")/.."

PATH="$PWD/.venv/bin:$PATH"
folder=build/weights
cifs=../shared/data
mkdir -p "$folder"

# A data set that exists is complete, and left as it is: training knows it by its content.
data_set() {
    local file=$folder/$1.h5
    shift
    [ -f "$file" ] || dials.mlindex_dataset "$@" "output.file=$file"
    files+=("$file")
}

files=()
if [ -f "$cifs/cifs.tar.gz" ]; then
    python - "$cifs/cifs_index.csv" > "$folder/near.txt" << 'END'
import csv
import sys

with open(sys.argv[1], newline="") as table:
    print(*(row["file"] for row in csv.DictReader(table) if row["near_experimental_case"] == "1"), sep="\n")
END
    data_set structures "$cifs/cifs.tar.gz" "input.leave_out=$folder/near.txt"
fi
data_set molecular synthetic.population=molecular synthetic.n=40000 dataset.seed=11
data_set layered synthetic.population=layered synthetic.n=20000 dataset.seed=12
data_set inorganic synthetic.population=inorganic synthetic.n=20000 dataset.seed=13
data_set framework synthetic.population=framework synthetic.n=10000 dataset.seed=14
dials.mlindex_train "${files[@]}" "output.models=$folder/models" network.device=cpu "$@"

weights=mlindex_plugin/models/weights
mkdir -p "$weights"
cp "$folder"/models/*.npz "$folder/models/manifest.json" "$weights/"
echo "Models of the package: $(du -ch "$weights"/*.npz | tail -n 1 | cut -f 1) in $weights"
